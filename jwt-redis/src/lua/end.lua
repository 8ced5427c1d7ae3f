local subject = KEYS[5]
local which, id, moment, everyone, own = ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9], ARGV[10]
local before = cutoff(everyone, own)
local live = 0

local function chosen(at, row)
    if which == 'one' then
        return at == id
    elseif which == 'others' then
        return at ~= id
    elseif which == 'before' then
        return row[STARTED] < moment
    end
    return true
end

if which == 'before' then
    cut_off(own, ARGV[8])
end
for _, session in ipairs(sessions(subject)) do
    local at, row = session[1], session[2]
    if chosen(at, row) then
        if not is_over(row) and row[STARTED] >= before then
            live = live + 1
        end
        finish(subject, at, row)
    end
end
return { live }
