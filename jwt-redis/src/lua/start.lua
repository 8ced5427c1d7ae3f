local subject, subjects = key.subject, key.subjects
local id, name, current = arg.id, arg.name, arg.current
local idle, expires = tonumber(arg.idle), tonumber(arg.expires)
local there = read(subject, id)
if there then
    -- A repeated call: the first reply was lost.
    return { there[CURRENT] == current and there[STARTED] == now and there[USED] == now and 0 or 1 }
elseif is_dead(name) then
    return { 1 }
end
idle = math.min(idle, expires)
local row = { current, false, 0, now, now, idle, expires, name, arg.label ~= '' and arg.label:sub(2), epoch }
if now < cutoff(arg.everyone, arg.own) then
    bury(name, string.format('%.0f', idle))
    return { 0 }
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
return { 0 }
