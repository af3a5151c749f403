-- Counts one request in all of its buckets or in none.
-- KEYS: per bucket, a list of the times of its allowed requests in microseconds, oldest first; then, for a request that Envoy can repeat, a
-- key that says that it was counted.
-- ARGV: per bucket, its permits and its window in microseconds; then, in tests only, the current time.
-- Returns 1 (counted) or 0 (rejected), then per bucket: entries, microseconds until the oldest expires, microseconds until there is room.
-- Milliseconds; as long as a replica remembers its answers.
local repeat_memory = 2000

local buckets = math.floor(#ARGV / 2)
local counted_key = KEYS[buckets + 1]
if buckets < 1 or #KEYS < buckets then return redis.error_reply('ERR wrong number of buckets') end
local now = tonumber(ARGV[2 * buckets + 1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- tostring() keeps only 14 significant digits.
local stamp = string.format('%.0f', now)

-- Rejects NaN, for which every comparison is false.
local function number(time)
  local n = tonumber(time)
  return n and n == n and n or error('not a time')
end

local function at(key, index)
  local time = redis.call('LINDEX', key, index)
  return time and number(time)
end

-- The clock went back: entries in the future are moved to now, so that they expire after one window.
local function pull_back(key, window)
  local times = redis.call('LRANGE', key, 0, -1)
  redis.call('DEL', key)
  for i = 1, #times do
    redis.call('RPUSH', key, number(times[i]) > now and stamp or times[i])
  end
  redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(window / 1000) + 1000))
end

-- Returns the number of entries, the oldest entry, and the microseconds until there is room.
local function look(key, permits, window)
  local newest = at(key, -1)
  if newest and newest + window <= now then
    redis.call('DEL', key)
  elseif newest and newest > now then
    pull_back(key, window)
  end

  local oldest = at(key, 0)
  while oldest and oldest + window <= now do
    redis.call('LPOP', key)
    oldest = at(key, 0)
  end

  local count = redis.call('LLEN', key)
  local room = 0
  if count >= permits then room = at(key, count - permits) + window - now end
  if room < 0 or room > window then error('not a time') end
  return count, oldest, room
end

-- A repeat of a counted request is answered like the first, and needs no room.
local is_repeat = counted_key and redis.call('EXISTS', counted_key) == 1

local answer = { 1 }
for i = 1, buckets do
  local permits, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local is_sound, count, oldest, room = pcall(look, KEYS[i], permits, window)
  if not is_sound then
    -- A value that is not a list of times has destroyed the count, so the window starts empty. Other errors are returned to the caller.
    local fault = type(count) == 'table' and count.err or count
    if not string.find(fault, 'WRONGTYPE', 1, true) and not string.find(fault, 'not a time', 1, true) then return redis.error_reply(fault) end
    redis.call('DEL', KEYS[i])
    count, oldest, room = 0, nil, 0
  end

  if is_repeat then
    count, room = math.max(1, math.min(count, permits)), 0
  elseif count >= permits then
    answer[1] = 0
  end
  answer[#answer + 1] = count
  answer[#answer + 1] = (oldest or now) + window - now
  answer[#answer + 1] = room
end

if answer[1] == 1 and not is_repeat then
  for i = 1, buckets do
    redis.call('RPUSH', KEYS[i], stamp)
    redis.call('PEXPIRE', KEYS[i], string.format('%.0f', math.ceil(ARGV[2 * i] / 1000) + 1000))
    answer[3 * i - 1] = answer[3 * i - 1] + 1
  end
  if counted_key then redis.call('SET', counted_key, '1', 'PX', repeat_memory) end
end

return answer
