-- Returns a page of the subjects of an issuer.
local page = redis.call('ZSCAN', key.subjects, arg.cursor, 'COUNT', 100)
return { page[1], page[2] }
