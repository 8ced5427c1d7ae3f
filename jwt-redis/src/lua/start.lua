-- Starts a session, or ends more of the surplus after it has started. Returns what happened, the live sessions that have
-- ended, and whether there can be more of the surplus.
local DONE, EXISTS, FULL, NOT_YET = 0, 1, 2, 3
local subject, subjects = key.subject, key.subjects
local id, name, current = arg.id, arg.name, arg.current
local idle, expires = tonumber(arg.idle), tonumber(arg.expires)
-- The number of sessions that may stay beside this one, or -1 without a limit.
local others, evicted = tonumber(arg.others), {}

-- Returns whether there is room, and whether this was only a step.
local function make_room()
    local count = redis.call('HLEN', subject) - redis.call('HEXISTS', subject, id)
    if others < 0 or count <= others then
        return true, false
    end
    local before = cutoff(arg.everyone, arg.own)
    -- A subject can have many more sessions than a script may read, if the limit is new. Then a random sample is read.
    -- It contains at most `others` of those that may stay, so what ends here would end if all of them were read, too.
    local is_step = count > others + STEP
    local rows = is_step and redis.call('HRANDFIELD', subject, others + STEP + 1, 'WITHVALUES')
        or redis.call('HGETALL', subject)
    local live = {}
    for at = 1, #rows, 2 do
        local old = unpacked(rows[at + 1])
        if rows[at] == id then
            -- It stays.
        elseif not old then
            redis.call('HDEL', subject, rows[at])
        elseif is_over(old) or old[STARTED] < before then
            finish(subject, rows[at], old)
        else
            table.insert(live, { rows[at], old })
        end
    end
    if #live <= others then
        return true, is_step
    elseif arg.evicts == '0' then
        return false, is_step
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
    return true, is_step
end

local function done(is_step)
    return { DONE, evicted, is_step and 1 or 0 }
end

if arg.has_started == '1' then
    local _, is_step = make_room()
    return done(is_step)
end
local there = read(subject, id)
if there then
    -- A repeated call: the first reply was lost.
    local is_same = there[CURRENT] == current and there[STARTED] == now and there[USED] == now
    return is_same and done(others >= 0 and redis.call('HLEN', subject) > others + 1) or { EXISTS }
elseif is_dead(name) then
    return { EXISTS }
end
idle = math.min(idle, expires)
local label = arg.label ~= '' and arg.label:sub(2)
local row = { current, false, 0, now, now, idle, expires, name, label, epoch, false, 0 }
if now < cutoff(arg.everyone, arg.own) then
    bury(name, string.format('%.0f', idle))
    return done(false)
end
local has_room, is_step = make_room()
if not has_room then
    return { FULL }
elseif is_step and arg.evicts == '0' then
    return { NOT_YET }
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
return done(is_step)
