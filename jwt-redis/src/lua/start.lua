local subject, subjects = key.subject, key.subjects
local id, name, current = arg.id, arg.name, arg.current
local idle, expires = tonumber(arg.idle), tonumber(arg.expires)
local there = read(subject, id)
if there then
    -- A repeated call: the first reply was lost.
    return { there[CURRENT] == current and there[STARTED] == now and there[USED] == now and 0 or 1, {} }
elseif is_dead(name) then
    return { 1 }
end
idle = math.min(idle, expires)
local label = arg.label ~= '' and arg.label:sub(2)
local row = { current, false, 0, now, now, idle, expires, name, label, epoch, false, 0 }
if now < cutoff(arg.everyone, arg.own) then
    bury(name, string.format('%.0f', idle))
    return { 0, {} }
end
-- `others` is the number of sessions that may stay, or -1 without a limit.
local others, evicted = tonumber(arg.others), {}
local count = redis.call('HLEN', subject)
if others >= 0 and count > others then
    local before = cutoff(arg.everyone, arg.own)
    -- A subject can have many more sessions than a script may read, if the limit is new. Then a random sample is read.
    -- It contains at most `others` of those that may stay, so what ends here would end if all of them were read, too.
    local is_sample = count > others + 2 * STEP
    local rows = is_sample and redis.call('HRANDFIELD', subject, others + STEP, 'WITHVALUES')
        or redis.call('HGETALL', subject)
    local live = {}
    for at = 1, #rows, 2 do
        local old = unpacked(rows[at + 1])
        if not old then
            redis.call('HDEL', subject, rows[at])
        elseif is_over(old) or old[STARTED] < before then
            finish(subject, rows[at], old)
        else
            table.insert(live, { rows[at], old })
        end
    end
    if #live > others then
        if arg.evicts == '0' then
            return { 2 }
        end
        table.sort(live, function(one, other)
            if one[2][USED] ~= other[2][USED] then
                return one[2][USED] > other[2][USED]
            end
            return one[2][STARTED] > other[2][STARTED]
        end)
        for at = others + 1, #live do
            finish(subject, live[at][1], live[at][2])
            table.insert(evicted, live[at][1])
        end
    end
    if is_sample then
        return { 3, evicted }
    end
end
if redis.call('HLEN', subject) > 8 then
    -- Removes expired sessions faster than new ones are added.
    local rows = redis.call('HRANDFIELD', subject, 20, 'WITHVALUES')
    for at = 1, #rows, 2 do
        local old = unpacked(rows[at + 1])
        if not old or old[IDLE] < forgettable() then
            redis.call('HDEL', subject, rows[at])
        end
    end
end
local existed = redis.call('EXISTS', subject) == 1
write(subject, id, row)
keep(subject, existed, expires - now)
-- Records the subject for cutoffs for everyone.
existed = redis.call('EXISTS', subjects) == 1
local gone = redis.call('ZRANGEBYSCORE', subjects, '-inf', '(' .. clock(), 'LIMIT', 0, 20)
for _, old in ipairs(gone) do
    redis.call('ZREM', subjects, old)
end
redis.call('ZADD', subjects, 'GT', string.format('%.0f', clock() + math.max(expires - now, 0) + HOUR), arg.own)
keep(subjects, existed, expires - now)
return { 0, evicted }
