local subject, everyone, own = KEYS[5], ARGV[6], ARGV[7]
local before = cutoff(everyone, own)
local listed = {}
for _, session in ipairs(sessions(subject)) do
    local id, row = session[1], session[2]
    if not is_over(row) and row[STARTED] >= before then
        table.insert(listed, { id, row[LABEL] or false, row[STARTED], row[USED], row[IDLE] })
    end
end
return { listed }
