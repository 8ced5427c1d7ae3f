-- Every script starts with this, after the generated tables `key` and `arg`. Of one bucket: who the data is, what is
-- revoked or has ended, the moments before which nothing counts, and the log that copies follow.
local meta, dead, cutoffs, log = key.meta, key.dead, key.cutoffs, key.log
local epoch, now, mark, log_length = arg.epoch, tonumber(arg.now), arg.mark, arg.log_length

local HOUR = 3600000
local LOST, LATE = -1, -2

local function clock()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Something is in them from the beginning, so that they are there unless they were lost.
local function is_whole()
    return redis.call('EXISTS', meta, dead, cutoffs) == 3
end

-- These are not the data that the caller knows.
local function is_lost()
    return not is_whole() or redis.call('HGET', meta, 'epoch') ~= epoch
end

local function lost_before()
    return tonumber(redis.call('HGET', meta, 'lost'))
end

-- What expires by the caller's clock and by the server's, for an hour: one of them may be fast.
local function forgettable()
    return math.min(now, clock()) - HOUR
end

-- Keeps a key for so many milliseconds and an hour at least.
local function keep(key, existed, milliseconds)
    milliseconds = math.max(milliseconds, 0) + HOUR
    if not existed or redis.call('PTTL', key) < milliseconds then
        redis.call('PEXPIRE', key, milliseconds)
    end
end

-- A mark tells the whole log up to it from any other one.
local function append(kind, name, moment)
    local number = redis.call('HINCRBY', meta, 'number', 1)
    local before = redis.call('HGET', meta, 'mark') or ''
    local by = redis.sha1hex(before .. mark .. kind .. name .. moment):sub(1, 20)
    redis.call('HSET', meta, 'mark', by)
    redis.call('XADD', log, 'MAXLEN', '~', log_length, number .. '-0', 'k', kind, 'n', name, 'm', moment, 'by', by)
end

-- A token or a session is not accepted again until a moment, `+inf` is for ever. The latest one stays.
local function bury(name, moment)
    redis.call('ZADD', dead, 'GT', moment, name)
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
-- limit, absolute limit, the name that it is buried under, label or false, the data that it belongs to.
local CURRENT, PREVIOUS, ROTATED, STARTED, USED, IDLE, EXPIRES, NAME, LABEL, EPOCH = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

-- Nothing for one that has outlived the data that it belongs to: its tokens may have been revoked in these.
local function unpacked(packed)
    local row = cmsgpack.unpack(packed)
    assert(type(row) == 'table', 'no session')
    return row[EPOCH] == epoch and row or nil
end

local function read(subject, id)
    local row = redis.call('HGET', subject, id)
    return row and unpacked(row) or nil
end

-- Each with its id.
local function sessions(subject)
    local rows, found = redis.call('HGETALL', subject), {}
    for at = 1, #rows, 2 do
        local row = unpacked(rows[at + 1])
        if row then
            table.insert(found, { rows[at], row })
        end
    end
    return found
end

local function write(subject, id, row)
    redis.call('HSET', subject, id, cmsgpack.pack(row))
end

local function is_over(row)
    return now >= row[IDLE] or now >= row[EXPIRES]
end

-- Access tokens of a session expire with its idle limit. First what a server refuses that is out of memory.
local function finish(subject, id, row)
    bury(row[NAME], string.format('%.0f', row[IDLE]))
    redis.call('HDEL', subject, id)
end

-- Later, never beyond the absolute limit and never back.
local function use(row, idle)
    row[USED] = now
    row[IDLE] = math.max(row[IDLE], math.min(idle, row[EXPIRES]))
end

local ACTIVE, SPENT, EXPIRED, REVOKED, UNKNOWN = 1, 2, 3, 4, 5

-- What is known of a token of a session, by the names of its arguments.
local function judge(row, token)
    local jti, name = token.jti, token.name
    if not row then
        return UNKNOWN
    elseif is_dead(name) or row[STARTED] < cutoff(token.everyone, token.own) then
        return REVOKED
    elseif is_over(row) then
        return EXPIRED
    elseif token.refresh == '0' or (name ~= '' and row[CURRENT] == jti) then
        return ACTIVE
    elseif name ~= '' and row[PREVIOUS] == jti then
        if row[ROTATED] > tonumber(arg.low) and row[ROTATED] < tonumber(arg.high) then
            return ACTIVE
        end
    end
    return SPENT
end

-- The same of a token of none.
local function known_without_session(token)
    local issued, lost = tonumber(token.issued), lost_before()
    local refused = is_dead(token.name) or issued <= cutoff(token.everyone, token.own) or (lost and issued <= lost)
    return refused and REVOKED or ACTIVE
end
