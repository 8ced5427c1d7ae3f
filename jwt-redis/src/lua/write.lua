-- Whoever asked for this has been told by now that it failed; or the clock was set back, and this cannot be seen by it.
local deadline, limit = arg.deadline:match('^(%-?%d+) (%d+)$')
local time = clock()
if time > tonumber(deadline) or time < deadline - limit - 10 then
    return { LATE, time }
end
if is_lost() then
    return { LOST }
end
