-- Returns the end of the log, for a copy that is about to load everything else.
local at = redis.call('HMGET', meta, 'number', 'mark', 'lost')
return { tonumber(at[1]) or 0, at[2] or '', at[3] or '' }
