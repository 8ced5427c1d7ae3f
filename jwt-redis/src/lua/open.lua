-- A new store, or one that is there: its epoch, its number of buckets, the time.
local new, buckets = ARGV[6], ARGV[7]
if redis.call('EXISTS', meta) == 0 then
    redis.call('DEL', log)
    redis.call('HSET', meta, 'epoch', new, 'buckets', buckets)
end
local found = redis.call('HMGET', meta, 'epoch', 'buckets')
return { found[1], found[2], clock() }
