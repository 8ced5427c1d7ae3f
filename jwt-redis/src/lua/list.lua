local subject, everyone, own = KEYS[5], ARGV[6], ARGV[7]
local before = cutoff(everyone, own)
local listed = {}
local rows = redis.call('HGETALL', subject)
for at = 1, #rows, 2 do
    local row = cmsgpack.unpack(rows[at + 1])
    if not is_over(row) and row[STARTED] >= before then
        table.insert(listed, { rows[at], row[LABEL] or false, row[STARTED], row[USED], row[IDLE] })
    end
end
return { listed }
