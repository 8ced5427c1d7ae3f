-- Ends what everyone's cutoff has cut off, of some subjects.
local moment = tonumber(ARGV[6])
local live = 0
for at = 5, #KEYS do
    local own = ARGV[at + 2]
    local before = tonumber(redis.call('HGET', cutoffs, own)) or -math.huge
    for _, session in ipairs(sessions(KEYS[at])) do
        local id, row = session[1], session[2]
        if row[STARTED] < moment then
            if not is_over(row) and row[STARTED] >= before then
                live = live + 1
            end
            finish(KEYS[at], id, row)
        end
    end
end
return { live }
