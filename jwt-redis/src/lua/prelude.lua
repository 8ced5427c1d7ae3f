-- Every script starts with this code, after the generated tables `key` and `arg`. It handles one bucket: its epoch,
-- revoked tokens and ended sessions, cutoffs, and the log that copies follow.
local meta, dead, cutoffs, log = key.meta, key.dead, key.cutoffs, key.log
local epoch, now, mark, log_length = arg.epoch, tonumber(arg.now), arg.mark, arg.log_length

local HOUR = 3600000
-- About how many sessions a script reads or ends, beside those that a limit lets stay. Other scripts wait for it, so longer
-- lists are read in steps.
local STEP = 250
local LOST, LATE = -1, -2

local function clock()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Returns the time if the caller's deadline has passed, because the caller has already received an error. A server that was
-- busy would otherwise spend its time on calls that nobody waits for. If the deadline is too far away, the server's clock
-- was set back.
local function late()
    local deadline, limit = arg.deadline:match('^(%-?%d+) (%d+)$')
    local time = clock()
    return (time > tonumber(deadline) or time < deadline - limit - 10) and time or nil
end

-- These keys have content from the beginning, so they exist unless data was lost.
local function is_whole()
    return redis.call('EXISTS', meta, dead, cutoffs) == 3
end

-- Whether the data was lost, or has a different epoch from the one that the caller knows.
local function is_lost()
    return not is_whole() or redis.call('HGET', meta, 'epoch') ~= epoch
end

local function lost_before()
    return tonumber(redis.call('HGET', meta, 'lost'))
end

-- Entries that expired before this time can be removed. They expired at least an hour ago by both the caller's clock
-- and the server's, because either can be fast.
local function forgettable()
    return math.min(now, clock()) - HOUR
end

-- Keeps a key for at least this many milliseconds plus an hour.
local function keep(key, existed, milliseconds)
    milliseconds = math.max(milliseconds, 0) + HOUR
    if not existed or redis.call('PTTL', key) < milliseconds then
        redis.call('PEXPIRE', key, milliseconds)
    end
end

-- Appends a change. Its mark identifies the whole log up to this entry.
local function append(kind, name, moment)
    local number = redis.call('HINCRBY', meta, 'number', 1)
    local before = redis.call('HGET', meta, 'mark') or ''
    local by = redis.sha1hex(before .. mark .. kind .. name .. moment):sub(1, 20)
    redis.call('HSET', meta, 'mark', by)
    redis.call('XADD', log, 'MAXLEN', '~', log_length, number .. '-0', 'k', kind, 'n', name, 'm', moment, 'by', by)
end

-- Rejects a token or a session until a given time, or forever with `+inf`. The latest time applies.
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

-- A session: the jti of the current refresh token, the previous one or false, when that one was exchanged, start, last
-- use, idle limit, absolute limit, the name of its entry when it ends, label or false, the epoch of its data, whether the
-- previous token was used within the grace period, and how many exchanges in a row were each followed by such a use.
local CURRENT, PREVIOUS, ROTATED, STARTED, USED, IDLE, EXPIRES, NAME, LABEL, EPOCH = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local GRACED, IN_A_ROW = 11, 12

-- Returns nil for a session with a different epoch, because its tokens may have been revoked in the lost data.
local function unpacked(packed)
    local row = cmsgpack.unpack(packed)
    assert(type(row) == 'table', 'no session')
    return row[EPOCH] == epoch and row or nil
end

local function read(subject, id)
    local row = redis.call('HGET', subject, id)
    return row and unpacked(row) or nil
end

-- Converts a list of ids and packed sessions to pairs of id and session.
local function pairs_of(rows)
    local found = {}
    for at = 1, #rows, 2 do
        local row = unpacked(rows[at + 1])
        if row then
            table.insert(found, { rows[at], row })
        end
    end
    return found
end

-- Returns the next cursor, which is 0 at the end, a step of a subject's sessions, and how many it has read. A session that
-- exists during all steps is in at least one of them.
local function scan(subject, cursor)
    local page = redis.call('HSCAN', subject, cursor, 'COUNT', STEP)
    return page[1], pairs_of(page[2]), #page[2] / 2
end

local function write(subject, id, row)
    redis.call('HSET', subject, id, cmsgpack.pack(row))
end

local function is_over(row)
    return now >= row[IDLE] or now >= row[EXPIRES]
end

-- Ends a session. Its access tokens expire by its idle limit. The write that a full server rejects comes first.
local function finish(subject, id, row)
    bury(row[NAME], string.format('%.0f', row[IDLE]))
    redis.call('HDEL', subject, id)
end

-- Records a use. The idle limit never moves back, and never past the absolute limit.
local function use(row, idle)
    row[USED] = now
    row[IDLE] = math.max(row[IDLE], math.min(idle, row[EXPIRES]))
end

local ACTIVE, SPENT, EXPIRED, REVOKED, UNKNOWN = 1, 2, 3, 4, 5

-- Returns the state of a token with a session. `token` contains the token's arguments.
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

-- Returns the state of a token without a session.
local function known_without_session(token)
    local issued, lost = tonumber(token.issued), lost_before()
    local refused = is_dead(token.name) or issued <= cutoff(token.everyone, token.own) or (lost and issued <= lost)
    return refused and REVOKED or ACTIVE
end
