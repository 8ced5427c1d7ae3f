-- Ends the sessions of some subjects after a cutoff for everyone.
local moment = tonumber(arg.moment)
local live = 0
for _, subject in ipairs(each) do
    local before = tonumber(redis.call('HGET', cutoffs, subject.own)) or -math.huge
    for _, session in ipairs(sessions(subject.key)) do
        local id, row = session[1], session[2]
        if row[STARTED] < moment then
            if not is_over(row) and row[STARTED] >= before then
                live = live + 1
            end
            finish(subject.key, id, row)
        end
    end
end
return { live }
