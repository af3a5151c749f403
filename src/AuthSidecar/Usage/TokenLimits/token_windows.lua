-- Windows of tokens, shared by replicas and timed by the clock of Redis.
-- KEYS: the prefix of all keys.
-- ARGV: the action, the time in microseconds (in tests only; otherwise empty), the arguments of the action.
-- A bucket is a sorted set of decision ids by time, and a hash of their tokens with the sum of all. A request is a list of its buckets.
local prefix, action = KEYS[1], ARGV[1]
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- More entries are not searched: the caller asks again when these have left.
local searched, at_once = 1000, 100

-- tostring() keeps only 14 digits.
local function text(number) return string.format('%.0f', number) end
local function times_key(name) return prefix .. 'times:' .. name end
local function tokens_key(name) return prefix .. 'tokens:' .. name end
local function request_key(id) return prefix .. 'request:' .. id end

-- The number of further replicas that reserved for the same request, because Envoy repeated it: as many releases leave the reservation.
local function repeats_key(id) return prefix .. 'repeats:' .. id end

local function number(value)
  local n = tonumber(value)
  return n and n >= 0 and n < 9007199254740992 and n or error('not a window')
end

-- Runs a call on a bucket. One that another program has overwritten is deleted and starts empty. Other errors are raised again.
local function whole(name, call, ...)
  local is_sound, answer = pcall(call, name, ...)
  if is_sound then return answer end
  local fault = type(answer) == 'table' and answer.err or answer
  local is_foreign = string.find(fault, 'WRONGTYPE', 1, true) or string.find(fault, 'not a window', 1, true)
  if not is_foreign and not string.find(fault, 'not an integer', 1, true) then error(answer, 0) end
  redis.call('DEL', times_key(name), tokens_key(name))
  return call(name, ...)
end

local function drop(name, id)
  local tokens = redis.call('HGET', tokens_key(name), id)
  redis.call('ZREM', times_key(name), id)
  if tokens then
    redis.call('HDEL', tokens_key(name), id)
    redis.call('HINCRBY', tokens_key(name), 'sum', text(0 - number(tokens)))
  end
end

-- Returns the tokens in the window. The clock may have been set back: times in the future become now.
local function look(name, window)
  local ahead = redis.call('ZRANGEBYSCORE', times_key(name), '(' .. text(now), '+inf')
  for i = 1, #ahead do redis.call('ZADD', times_key(name), text(now), ahead[i]) end
  local gone = redis.call('ZRANGEBYSCORE', times_key(name), '-inf', text(now - window))
  for i = 1, #gone do drop(name, gone[i]) end
  return number(redis.call('HGET', tokens_key(name), 'sum') or 0)
end

-- Returns microseconds until so many tokens have left.
local function until_left(name, tokens, window)
  for from = 0, searched - 1, at_once do
    local some = redis.call('ZRANGEBYSCORE', times_key(name), '-inf', '+inf', 'WITHSCORES', 'LIMIT', from, at_once)
    for i = 1, #some, 2 do
      tokens = tokens - number(redis.call('HGET', tokens_key(name), some[i]) or 0)
      if tokens <= 0 or (i == #some - 1 and from + at_once == searched) then
        return math.max(1, number(some[i + 1]) + window - now)
      end
    end
    if #some < 2 * at_once then break end
  end
  return window
end

local function until_oldest_leaves(name, window)
  local oldest = redis.call('ZRANGEBYSCORE', times_key(name), '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return oldest[2] and math.max(0, number(oldest[2]) + window - now) or 0
end

local function add(name, id, tokens, window)
  redis.call('ZADD', times_key(name), text(now), id)
  redis.call('HSET', tokens_key(name), id, tokens)
  redis.call('HINCRBY', tokens_key(name), 'sum', tokens)
  local life = text(math.ceil(window / 1000) + 1000)
  redis.call('PEXPIRE', times_key(name), life)
  redis.call('PEXPIRE', tokens_key(name), life)
end

local actions = {}

-- id, tokens, then for each bucket its name, limit and window in microseconds.
-- Returns 1 (reserved), 0 (no room) or 2 (never), the index (from 0) of the bucket that denies, microseconds until there is room, then for
-- each bucket its tokens and the microseconds until the oldest leave.
function actions.reserve()
  local id, tokens = ARGV[3], tonumber(ARGV[4])
  local is_repeat = redis.call('EXISTS', request_key(id)) == 1
  local answer = { 1, 0, 0 }
  local sums, longest = {}, 0
  for i = 5, #ARGV, 3 do
    local name, limit, window = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    sums[i] = whole(name, look, window)
    longest = math.max(longest, window)
    if is_repeat or answer[1] == 2 then
      -- It needs no room beside its own reservation, or never gets it.
    elseif tokens > limit then
      answer[1], answer[2], answer[3] = 2, (i - 5) / 3, 0
    elseif sums[i] + tokens > limit then
      local wait = whole(name, until_left, sums[i] + tokens - limit, window)
      if answer[1] == 1 or wait > answer[3] then answer[1], answer[2], answer[3] = 0, (i - 5) / 3, wait end
    end
  end

  local life = text(math.ceil(longest / 1000) + 1000)
  if is_repeat then
    redis.call('SET', repeats_key(id), text((tonumber(redis.call('GET', repeats_key(id)) or 0) or 0) + 1), 'PX', life)
  end
  for i = 5, #ARGV, 3 do
    if answer[1] == 1 and not is_repeat then
      add(ARGV[i], id, ARGV[4], tonumber(ARGV[i + 2]))
      sums[i] = sums[i] + tokens
      redis.call('RPUSH', request_key(id), ARGV[i])
      redis.call('PEXPIRE', request_key(id), life)
    end
    answer[#answer + 1] = sums[i]
    answer[#answer + 1] = whole(ARGV[i], until_oldest_leaves, tonumber(ARGV[i + 2]))
  end
  return answer
end

-- Pairs of id and tokens.
function actions.settle()
  for i = 3, #ARGV, 2 do
    local names = redis.call('LRANGE', request_key(ARGV[i]), 0, -1)
    for j = 1, #names do
      whole(names[j], function(name)
        local before = redis.call('HGET', tokens_key(name), ARGV[i])
        if before then
          redis.call('HINCRBY', tokens_key(name), 'sum', text(tonumber(ARGV[i + 1]) - number(before)))
          redis.call('HSET', tokens_key(name), ARGV[i], ARGV[i + 1])
        end
      end)
    end
  end
  return { 1 }
end

-- id
function actions.release()
  local repeats = tonumber(redis.call('GET', repeats_key(ARGV[3])) or 0) or 0
  if repeats > 0 then
    redis.call('SET', repeats_key(ARGV[3]), text(repeats - 1), 'PX', math.max(1, redis.call('PTTL', repeats_key(ARGV[3]))))
    return { 1 }
  end
  local names = redis.call('LRANGE', request_key(ARGV[3]), 0, -1)
  for i = 1, #names do whole(names[i], drop, ARGV[3]) end
  redis.call('DEL', request_key(ARGV[3]))
  return { 1 }
end

local is_done, answer = pcall(actions[action])
return is_done and answer or redis.error_reply(type(answer) == 'table' and answer.err or answer)
