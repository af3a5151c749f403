-- Leases of running requests, shared by replicas, timed by the clock of Redis.
-- KEYS: the prefix of all keys.
-- ARGV: the action, the calling replica, the longest term of a lease in microseconds, the time (in tests only; otherwise empty), the
-- arguments of the action.
-- An owner's leases are a sorted set of decision ids by the microsecond at which each expires. Each lease also has a key of its own: a JSON
-- list of its replica and its owners; the value is empty once the lease has ended.
local prefix, action, me, life = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- tostring() keeps only 14 digits.
local function text(number) return string.format('%.0f', number) end
local lasts = text(math.ceil(life / 1000) + 1000)

-- A key with a value of another type was overwritten, and its leases are lost until their replicas renew them.
local function ours(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', key) end
  return key
end

local function lease_key(id) return ours(prefix .. 'lease:' .. id, 'string') end
local function owner_key(owner) return ours(prefix .. 'owner:' .. owner, 'zset') end

-- Returns the replica and the owners of a lease; the replica is empty once the lease has ended, and nil when the lease is unknown.
local function find(id)
  local record = redis.call('GET', lease_key(id))
  if not record then return nil end
  if record == '' then return '' end
  local is_sound, list = pcall(cjson.decode, record)
  if not is_sound or type(list) ~= 'table' or type(list[1]) ~= 'string' then return nil end
  return table.remove(list, 1), list
end

local function hold(id, owners, till)
  local record = { me }
  for _, owner in ipairs(owners) do
    record[#record + 1] = owner
    local key = owner_key(owner)
    redis.call('ZADD', key, text(till), id)
    redis.call('PEXPIRE', key, lasts)
  end
  redis.call('SET', lease_key(id), cjson.encode(record), 'PX', lasts)
end

local function free(id, owners)
  for _, owner in ipairs(owners) do redis.call('ZREM', owner_key(owner), id) end
end

local actions = {}

-- id, term in microseconds, then for each owner its name and its cap. Answers the place of the first owner without room, else 0. A lease
-- of another replica moves here: Envoy repeated the request.
function actions.take()
  local id, term = ARGV[5], tonumber(ARGV[6])
  local replica, known = find(id)
  if replica == '' then return 0 end
  if not replica then
    known = {}
    for i = 7, #ARGV, 2 do
      local key = owner_key(ARGV[i])
      redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now))
      -- A lease that expires later than any can was made before the clock was set back; it gets one more term from now.
      for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. text(now + life), '+inf')) do
        redis.call('ZADD', key, text(now + life), ahead)
      end
      if redis.call('ZCARD', key) >= tonumber(ARGV[i + 1]) then return (i - 5) / 2 end
      known[#known + 1] = ARGV[i]
    end
  end
  hold(id, known, now + term)
  return 0
end

-- For each lease its id, its term, the number of its owners, and they. Answers the ids that are not this replica's any more.
function actions.renew()
  local gone, i = {}, 5
  while i <= #ARGV do
    local id, term, count, owners = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), {}
    for n = 1, count do owners[n] = ARGV[i + 2 + n] end
    i = i + 3 + count
    local replica = find(id)
    if replica and replica ~= me then
      gone[#gone + 1] = id
    else
      -- Another replica may have heard later of an open WebSocket.
      local till = count > 0 and redis.call('ZSCORE', owner_key(owners[1]), id)
      hold(id, owners, math.max(now + term, till and math.min(tonumber(till), now + life) or 0))
    end
  end
  return gone
end

-- Ids of open WebSockets: each counts for another term.
function actions.touch()
  for i = 5, #ARGV do
    local replica, owners = find(ARGV[i])
    if replica and replica ~= '' then
      for _, owner in ipairs(owners) do
        local key = owner_key(owner)
        redis.call('ZADD', key, text(now + life), ARGV[i])
        redis.call('PEXPIRE', key, lasts)
      end
      redis.call('PEXPIRE', lease_key(ARGV[i]), lasts)
    end
  end
  return 0
end

-- Ids of ended requests.
function actions.finish()
  for i = 5, #ARGV do
    local replica, owners = find(ARGV[i])
    if replica and replica ~= '' then free(ARGV[i], owners) end
    redis.call('SET', lease_key(ARGV[i]), '', 'PX', lasts)
  end
  return 0
end

-- Ids of denied requests. As finish, unless another replica has the lease; a repeat of the request may take the lease anew.
function actions.release()
  for i = 5, #ARGV do
    local replica, owners = find(ARGV[i])
    if replica == me then
      free(ARGV[i], owners)
      redis.call('DEL', lease_key(ARGV[i]))
    end
  end
  return 0
end

return actions[action]()
