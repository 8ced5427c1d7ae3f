-- Ends the sessions of some subjects after a cutoff for everyone, up to about a step's number. Returns how many were live,
-- how many subjects are done, and the cursor for the next one.
local moment, cursor = tonumber(arg.moment), arg.cursor
local live, seen = 0, 0
for done, subject in ipairs(each) do
    local before = tonumber(redis.call('HGET', cutoffs, subject.own)) or -math.huge
    repeat
        if seen >= STEP then
            return { live, done - 1, cursor }
        end
        local found, read
        cursor, found, read = scan(subject.key, cursor)
        -- Not only those that are found: a hash can be full of sessions that were lost, or be empty.
        seen = seen + math.max(read, 1)
        for _, session in ipairs(found) do
            local id, row = session[1], session[2]
            if row[STARTED] < moment or (arg.future == '1' and row[STARTED] > now) then
                if not is_over(row) and row[STARTED] >= before then
                    live = live + 1
                end
                finish(subject.key, id, row)
            end
        end
    until cursor == '0'
end
return { live, #each, '0' }
