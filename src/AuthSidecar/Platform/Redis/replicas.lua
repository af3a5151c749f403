-- Heartbeats of replicas, timed by the clock of Redis.
-- KEYS: a sorted set of the replicas by the microsecond at which each expires; a text that Redis loses together with its other data.
-- ARGV: the action, the calling replica, the life of a heartbeat in microseconds, a text for the second key if it has none; then, in tests
-- only, the current time.
local replicas, epoch_key, me, life, now = KEYS[1], KEYS[2], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- Longer than the longest window.
local life_of_epoch = 172800000

-- tostring() keeps only 14 digits.
local function text(number) return string.format('%.0f', number) end

-- A value of another type has overwritten ours.
local function ours(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', key) end
end

local actions = {}

-- Returns the number of replicas and the text of the second key.
function actions.announce()
  ours(replicas, 'zset')
  ours(epoch_key, 'string')
  redis.call('ZREMRANGEBYSCORE', replicas, '-inf', text(now))

  -- Made before the clock was set back: they get one more life from now.
  local ahead = redis.call('ZRANGEBYSCORE', replicas, '(' .. text(now + life), '+inf')
  for i = 1, #ahead do
    redis.call('ZADD', replicas, text(now + life), ahead[i])
  end

  redis.call('ZADD', replicas, text(now + life), me)
  redis.call('PEXPIRE', replicas, text(math.ceil(life / 1000) + 1000))
  local epoch = redis.call('GET', epoch_key)
  if not epoch or epoch == '' then epoch = ARGV[4] end
  redis.call('SET', epoch_key, epoch, 'PX', text(life_of_epoch))
  return { text(redis.call('ZCARD', replicas)), epoch }
end

function actions.leave()
  ours(replicas, 'zset')
  redis.call('ZREM', replicas, me)
  return { 'gone' }
end

return actions[ARGV[1]]()
