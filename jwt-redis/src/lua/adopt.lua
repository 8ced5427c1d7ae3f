-- The caller knows other data than these, which are lost: what was revoked before now, nobody can say.
local new, buckets = ARGV[6], ARGV[7]
local found = redis.call('HGET', meta, 'epoch')
if not found then
    found = new
    redis.call('DEL', log)
    redis.call('HSET', meta, 'epoch', new, 'buckets', buckets)
end
if found ~= epoch and not lost_before() then
    redis.call('HSET', meta, 'lost', string.format('%.0f', math.max(now, clock())))
end
return { found }
