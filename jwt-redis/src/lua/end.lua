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
local rows = redis.call('HGETALL', subject)
for at = 1, #rows, 2 do
    local row = cmsgpack.unpack(rows[at + 1])
    if chosen(rows[at], row) then
        if not is_over(row) and row[STARTED] >= before then
            live = live + 1
        end
        finish(subject, rows[at], row)
    end
end
return { live }
