-- Ends a step of a subject's sessions. Returns how many were live, the next cursor, and the earlier cutoff, which the next
-- step needs because this one may have set a new one.
local which, moment = arg.which, tonumber(arg.moment)
local before = arg.before == '' and cutoff(arg.everyone, arg.own) or tonumber(arg.before) or -math.huge
local live = 0

local function chosen(at, row)
    if which == 'others' then
        return at ~= arg.id
    elseif which == 'before' then
        -- A session that seems to start in the future was started by a node whose clock is fast.
        return row[STARTED] < moment or (arg.future == '1' and row[STARTED] > now)
    end
    return true
end

local function end_session(at, row)
    if not is_over(row) and row[STARTED] >= before then
        live = live + 1
    end
    finish(key.subject, at, row)
end

if which == 'one' then
    local row = read(key.subject, arg.id)
    if row then
        end_session(arg.id, row)
    end
    return { live, '0', '' }
end
if which == 'before' and arg.before == '' then
    cut_off(arg.own, arg.moment)
end
local cursor, found = scan(key.subject, arg.cursor)
for _, session in ipairs(found) do
    if chosen(session[1], session[2]) then
        end_session(session[1], session[2])
    end
end
return { live, cursor, before == -math.huge and 'none' or string.format('%.0f', before) }
