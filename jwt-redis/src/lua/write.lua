-- Rejects a change after its deadline, because the caller has already received an error. If the deadline is too far
-- away, the server's clock was set back.
local deadline, limit = arg.deadline:match('^(%-?%d+) (%d+)$')
local time = clock()
if time > tonumber(deadline) or time < deadline - limit - 10 then
    return { LATE, time }
end
if is_lost() then
    return { LOST }
end
