local which, moment = arg.which, tonumber(arg.moment)
local before = cutoff(arg.everyone, arg.own)
local live = 0

local function chosen(at, row)
    if which == 'one' then
        return at == arg.id
    elseif which == 'others' then
        return at ~= arg.id
    elseif which == 'before' then
        return row[STARTED] < moment
    end
    return true
end

if which == 'before' then
    cut_off(arg.own, arg.moment)
end
for _, session in ipairs(sessions(key.subject)) do
    local at, row = session[1], session[2]
    if chosen(at, row) then
        if not is_over(row) and row[STARTED] >= before then
            live = live + 1
        end
        finish(key.subject, at, row)
    end
end
return { live }
