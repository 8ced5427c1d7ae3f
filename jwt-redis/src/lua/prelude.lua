-- What every script begins with. Of one bucket: who the data is, what is revoked or has ended, the moments before which
-- nothing counts, and the log that copies follow.
local meta, dead, cutoffs, log = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local epoch, deadline, now, mark, log_length = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]

local HOUR = 3600000
local LOST, LATE = -1, -2

local function clock()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- These are not the data that the caller knows.
local function is_lost()
    return redis.call('HGET', meta, 'epoch') ~= epoch
end

local function lost_before()
    return tonumber(redis.call('HGET', meta, 'lost'))
end

-- What expires by the caller's clock and by the server's, for an hour: one of them may be fast.
local function forgettable()
    return math.min(now, clock()) - HOUR
end

-- Keeps a key for so many milliseconds and an hour at least, or for ever.
local function keep(key, existed, milliseconds)
    if milliseconds == math.huge then
        redis.call('PERSIST', key)
        return
    end
    milliseconds = math.max(milliseconds, 0) + HOUR
    local left = redis.call('PTTL', key)
    if not existed or (left >= 0 and left < milliseconds) then
        redis.call('PEXPIRE', key, milliseconds)
    end
end

local function append(kind, name, moment)
    local number = redis.call('HINCRBY', meta, 'number', 1)
    redis.call('HSET', meta, 'mark', mark)
    redis.call('XADD', log, 'MAXLEN', '~', log_length, number .. '-0', 'k', kind, 'n', name, 'm', moment, 'by', mark)
end

-- A token or a session is not accepted again until a moment, `+inf` is for ever. The latest one stays.
local function bury(name, moment)
    local existed = redis.call('EXISTS', dead) == 1
    redis.call('ZADD', dead, 'GT', moment, name)
    keep(dead, existed, (moment == '+inf' and math.huge or tonumber(moment)) - now)
    append('dead', name, moment)
    local forgotten = redis.call('ZRANGEBYSCORE', dead, '-inf', '(' .. forgettable(), 'LIMIT', 0, 20)
    for _, old in ipairs(forgotten) do
        redis.call('ZREM', dead, old)
    end
end

local function is_dead(name)
    return name ~= '' and redis.call('ZSCORE', dead, name) ~= false
end

local function cutoff(everyone, own)
    local moments = redis.call('HMGET', cutoffs, everyone, own)
    return math.max(tonumber(moments[1]) or -math.huge, tonumber(moments[2]) or -math.huge)
end

local function cut_off(whose, moment)
    local before = tonumber(redis.call('HGET', cutoffs, whose))
    if not before or before < tonumber(moment) then
        redis.call('HSET', cutoffs, whose, moment)
    end
    append('cut', whose, moment)
end

-- A session: the current refresh token's jti, the previous one or false, when that was exchanged, start, last use, idle
-- limit, absolute limit, the name that it is buried under, label or false.
local CURRENT, PREVIOUS, ROTATED, STARTED, USED, IDLE, EXPIRES, NAME, LABEL = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function read(subject, id)
    local row = redis.call('HGET', subject, id)
    return row and cmsgpack.unpack(row)
end

local function write(subject, id, row)
    redis.call('HSET', subject, id, cmsgpack.pack(row))
end

local function is_over(row)
    return now >= row[IDLE] or now >= row[EXPIRES]
end

-- Access tokens of a session expire with its idle limit.
local function finish(subject, id, row)
    redis.call('HDEL', subject, id)
    bury(row[NAME], string.format('%.0f', row[IDLE]))
end

-- Later, never beyond the absolute limit and never back.
local function use(row, idle)
    row[USED] = now
    row[IDLE] = math.max(row[IDLE], math.min(idle, row[EXPIRES]))
end

local ACTIVE, SPENT, EXPIRED, REVOKED, UNKNOWN = 1, 2, 3, 4, 5

-- What is known of a token of a session.
local function judge(row, jti, name, refresh, low, high, everyone, own)
    if not row then
        return UNKNOWN
    elseif is_dead(name) or row[STARTED] < cutoff(everyone, own) then
        return REVOKED
    elseif is_over(row) then
        return EXPIRED
    elseif not refresh or (name ~= '' and row[CURRENT] == jti) then
        return ACTIVE
    elseif name ~= '' and row[PREVIOUS] == jti and row[ROTATED] > low and row[ROTATED] < high then
        return ACTIVE
    end
    return SPENT
end
