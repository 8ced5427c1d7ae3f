-- Returns a page of the revoked tokens and ended sessions, or of the cutoffs.
local page = redis.call(arg.command, arg.command == 'ZSCAN' and dead or cutoffs, arg.cursor, 'COUNT', 2000)
return { page[1], page[2] }
