-- Returns the changes since a position in the log, or GAP if some are missing, and the time of the last loss of data.
-- PERSIST is a write that changes nothing: a server that is cut off from its replicas rejects it if it is configured to
-- reject writes.
local number, last = tonumber(arg.number), arg.last
local GAP = -3
redis.call('PERSIST', meta)
local at = redis.call('HMGET', meta, 'number', 'mark', 'lost')
at = { tonumber(at[1]) or 0, at[2] or '', at[3] or '' }
if number > at[1] then
    return { GAP }
elseif number == at[1] then
    return { last == at[2] and 0 or GAP, at[3], {} }
elseif number > 0 then
    -- The last change in the copy must still be in the log, unchanged. Otherwise, the changes in between are missing.
    local there = redis.call('XRANGE', log, number .. '-0', number .. '-0')[1]
    if not there or there[2][8] ~= last then
        return { GAP }
    end
end
local entries = redis.call('XRANGE', log, (number + 1) .. '-0', '+', 'COUNT', 1000)
if not entries[1] or entries[1][1] ~= (number + 1) .. '-0' then
    return { GAP }
end
local changes = {}
for _, entry in ipairs(entries) do
    local fields = entry[2]
    table.insert(changes, { fields[2], fields[4], fields[6], fields[8] })
end
return { 0, at[3], changes }
