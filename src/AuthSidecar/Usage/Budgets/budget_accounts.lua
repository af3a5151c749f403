-- Spend of callers, key lines and shared budgets, and the reservations of running requests; shared by replicas, timed by the clock of Redis.
-- KEYS: the prefix of all keys.
-- ARGV: the action, the life of a reservation in microseconds, the time (in tests only; otherwise empty), the arguments of the action.
-- An account is a hash: its id, drawn anew whenever the account is created; its spend as read from the store, with the ticket drawn before
-- that read; and the sum of its reservations. Reservations are a hash of amounts and a sorted set of expiry times, both by decision id.
local prefix, action, life = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- Longer than any reservation: an expired one holds nothing.
local keep = string.format('%.0f', math.ceil(life / 1000) * 4)

-- tostring() keeps only 14 digits.
local function text(number) return string.format('%.0f', number) end
local function account_key(name) return prefix .. 'account:' .. name end
local function amounts_key(name) return prefix .. 'amounts:' .. name end
local function ends_key(name) return prefix .. 'ends:' .. name end

-- The number of further replicas that reserved for the same request, because Envoy repeated it: as many releases leave the reservation.
local function repeats_key(id) return prefix .. 'repeats:' .. id end
local function repeats(id) return tonumber(redis.call('GET', repeats_key(id)) or 0) or 0 end
local function set_repeats(id, count)
  redis.call('SET', repeats_key(id), text(count), 'PX', text(math.ceil(life / 1000)))
end

local function number(name, field, least)
  local n = tonumber(redis.call('HGET', account_key(name), field))
  return n and n >= least and n < 9007199254740992 and n or error('not an account')
end

local function is_foreign(fault)
  fault = type(fault) == 'table' and fault.err or fault
  return string.find(fault, 'WRONGTYPE', 1, true) or string.find(fault, 'not an account', 1, true)
end

-- Deletes an account that another program has overwritten, with its reservations: replicas find it absent and create it anew from the store
-- and from their own reservations. Returns the result of the call, or nil. Other errors are raised again.
local function whole(name, call, ...)
  local is_sound, answer = pcall(call, name, ...)
  if is_sound then return answer end
  if not is_foreign(answer) then error(answer, 0) end
  redis.call('DEL', account_key(name), amounts_key(name), ends_key(name))
end

local function touch(name)
  redis.call('PEXPIRE', account_key(name), keep)
  redis.call('PEXPIRE', amounts_key(name), keep)
  redis.call('PEXPIRE', ends_key(name), keep)
end

local function drop(name, id)
  local amount = redis.call('HGET', amounts_key(name), id)
  if amount then
    if not string.find(amount, '^%d+$') then error('not an account') end
    redis.call('HDEL', amounts_key(name), id)
    redis.call('ZREM', ends_key(name), id)
    redis.call('HINCRBY', account_key(name), 'reserved', '-' .. amount)
  end
end

local function hold(name, id, amount, till)
  if redis.call('HSETNX', amounts_key(name), id, amount) == 1 then
    redis.call('ZADD', ends_key(name), text(till), id)
    redis.call('HINCRBY', account_key(name), 'reserved', amount)
  end
end

-- A reservation that expires later than any can was made before the clock was set back; it gets one more life from now.
local function trim(name)
  local gone = redis.call('ZRANGEBYSCORE', ends_key(name), '-inf', text(now))
  for i = 1, #gone do drop(name, gone[i]) end
  local ahead = redis.call('ZRANGEBYSCORE', ends_key(name), '(' .. text(now + life), '+inf')
  for i = 1, #ahead do redis.call('ZADD', ends_key(name), text(now + life), ahead[i]) end
end

-- Returns nil, or the spend and the sum of the reservations.
local function look(name)
  if redis.call('EXISTS', account_key(name)) == 0 then return nil end
  if not redis.call('HGET', account_key(name), 'id') then error('not an account') end
  redis.call('HLEN', amounts_key(name))
  number(name, 'ticket', -1)
  trim(name)
  return { number(name, 'spent', 0), number(name, 'reserved', 0) }
end

local function learn(name, spent, ticket)
  if ticket > number(name, 'ticket', -1) then
    redis.call('HSET', account_key(name), 'spent', text(spent), 'ticket', text(ticket))
  end
end

local actions = {}

function actions.ticket()
  local is_sound, last = pcall(redis.call, 'GET', prefix .. 'ticket')
  if not is_sound and not is_foreign(last) then error(last, 0) end
  last = is_sound and tonumber(last) or 0
  if not (last >= 0 and last < 9007199254740992) then last = 0 end
  local ticket = text(math.max(last + 1, now))
  redis.call('SET', prefix .. 'ticket', ticket)
  return ticket
end

-- id, amount, then for each account its name, the id under which the replica knows it, and its limit.
-- Returns the result, the index (from 0) of the account that denies, then the spend of each account.
function actions.reserve()
  local id, amount = ARGV[4], ARGV[5]
  local accounts = {}
  for i = 6, #ARGV, 3 do
    accounts[i] = whole(ARGV[i], look)
    if not accounts[i] or redis.call('HGET', account_key(ARGV[i]), 'id') ~= ARGV[i + 1] then return { 'absent' } end
  end

  local is_repeat = true
  for i = 6, #ARGV, 3 do
    is_repeat = is_repeat and redis.call('HGET', amounts_key(ARGV[i]), id)
  end
  if is_repeat then set_repeats(id, repeats(id) + 1) end

  local answer = { 'reserved', '0' }
  local function deny(verdict, i) answer[1], answer[2] = verdict, text((i - 6) / 3) end
  for i = 6, #ARGV, 3 do
    local limit, spent, reserved = tonumber(ARGV[i + 2]), accounts[i][1], accounts[i][2]
    answer[#answer + 1] = text(spent)
    if is_repeat then
      -- It needs no room beside its own reservation.
    elseif spent >= limit then
      if answer[1] ~= 'spent' then deny('spent', i) end
    elseif spent + reserved >= limit and answer[1] == 'reserved' then
      deny('held', i)
    end
  end

  for i = 6, #ARGV, 3 do
    if answer[1] == 'reserved' then hold(ARGV[i], id, amount, now + life) end
    touch(ARGV[i])
  end
  return answer
end

-- name, an id in case the account is created, ticket, spend, the number of the replica's reservations, for each its id, amount and remaining
-- microseconds, then the ids of ended ones.
-- Returns the account's id, and "made" when it was created.
function actions.learn()
  local name, candidate, ticket, spent, count = ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
  local is_new = not whole(name, look)
  if is_new then
    redis.call('DEL', amounts_key(name), ends_key(name))
    redis.call('HSET', account_key(name), 'id', candidate, 'spent', '0', 'ticket', '-1', 'reserved', '0')
  end
  local is_whole = whole(name, function()
    learn(name, spent, ticket)
    local at = 9
    for _ = 1, count do
      hold(name, ARGV[at], ARGV[at + 1], now + math.min(life, tonumber(ARGV[at + 2])))
      at = at + 3
    end
    for i = at, #ARGV do
      -- Otherwise it may be the reservation of a repeat at another replica.
      if repeats(ARGV[i]) == 0 then drop(name, ARGV[i]) end
    end
    trim(name)
    touch(name)
    return true
  end)
  if not is_whole then return { '', 'absent' } end
  return { redis.call('HGET', account_key(name), 'id'), is_new and 'made' or 'known' }
end

-- ticket, then for each account its name, its spend, the number of ended reservations and their ids. Absent accounts are not created.
function actions.settle()
  local ticket, at = tonumber(ARGV[4]), 5
  while at <= #ARGV do
    local name, spent, count = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local from, to = at + 3, at + 2 + count
    whole(name, function()
      if not look(name) then return end
      learn(name, spent, ticket)
      for i = from, to do drop(name, ARGV[i]) end
    end)
    at = at + 3 + count
  end
  return { 'settled' }
end

-- id, then the accounts' names.
function actions.release()
  if repeats(ARGV[4]) > 0 then
    set_repeats(ARGV[4], repeats(ARGV[4]) - 1)
    return { 'released' }
  end
  for i = 5, #ARGV do
    whole(ARGV[i], function(name)
      if look(name) then drop(name, ARGV[4]) end
    end)
  end
  return { 'released' }
end

-- The accounts' names. Returns for each "1" when it exists, otherwise "0".
function actions.known()
  local answer = {}
  for i = 4, #ARGV do
    answer[#answer + 1] = text(redis.call('EXISTS', account_key(ARGV[i])))
  end
  return answer
end

local is_done, answer = pcall(actions[action])
return is_done and answer or redis.error_reply(type(answer) == 'table' and answer.err or answer)
