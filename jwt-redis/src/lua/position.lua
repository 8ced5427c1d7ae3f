-- Where the log ends, for a copy that is about to read everything else.
local at = redis.call('HMGET', meta, 'number', 'mark', 'lost')
return { tonumber(at[1]) or 0, at[2] or '', at[3] or '' }
