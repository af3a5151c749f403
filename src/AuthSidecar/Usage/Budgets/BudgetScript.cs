using System.Globalization;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using StackExchange.Redis;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Shared accounts in Redis: one atomic script for all operations, timed by the clock of Redis.</summary>
/// <param name="redis">The connection.</param>
/// <param name="clock">Microseconds, for tests; null: the clock of Redis.</param>
internal sealed class BudgetScript(RedisConnection redis, Func<long>? clock = null)
{
    // The braces are a hash tag: all keys are in one cluster slot.
    private static readonly RedisKey[] _prefix = ["authsidecar:{budgets}:"];
    private static readonly RedisValue _life = (long)BudgetAccounts.Life.TotalMicroseconds;

    private readonly RedisScript _script = new(redis, "budget_accounts.lua");

    public RedisPulse Pulse => _script.Pulse;

    /// <summary>Draws a ticket; a later one is greater.</summary>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    /// <exception cref="InvalidDataException">Redis returned an unexpected result.</exception>
    public async Task<long> DrawTicketAsync() => Number((string?)await CallAsync("ticket"));

    /// <summary>Probes Redis with a full call; an error reply counts as an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(DrawTicketAsync());

    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="micros">Millionths of the currency.</param>
    /// <param name="accounts">The accounts with their shared ids and limits.</param>
    /// <returns>Null: Redis lacks one of the accounts under that id.</returns>
    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>.</exception>
    public async Task<SharedAnswer?> ReserveAsync(
        string decisionId,
        long micros,
        IReadOnlyList<(AccountName Name, string SharedId, long LimitMicros)> accounts
    )
    {
        List<RedisValue> arguments = [decisionId, micros];
        foreach (var (name, id, limit) in accounts)
        {
            arguments.AddRange([TextOf(name), id, limit]);
        }

        var words = (string?[]?)await CallAsync("reserve", arguments) ?? throw Unexpected();
        if (words is ["absent"])
        {
            return null;
        }

        if (words.Length != accounts.Count + 2 || Number(words[1]) is not (var which and >= 0) || which >= accounts.Count)
        {
            throw Unexpected();
        }

        return new(
            words[0] switch
            {
                "reserved" => ReserveVerdict.Reserved,
                "spent" => ReserveVerdict.Spent,
                "held" => ReserveVerdict.Held,
                _ => throw Unexpected(),
            },
            (int)which,
            Array.ConvertAll(words[2..], Number)
        );
    }

    /// <summary>Synchronizes an account, and creates it if Redis lacks it.</summary>
    /// <param name="name">The account.</param>
    /// <param name="spent">Spend in the store.</param>
    /// <param name="ticket">Drawn before the store was read.</param>
    /// <param name="held">Reservations of this replica with their remaining life.</param>
    /// <param name="ended">Ended reservations.</param>
    /// <returns>Shared id of the account, and whether it was created.</returns>
    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>.</exception>
    public async Task<(string SharedId, bool IsNew)> LearnAsync(
        AccountName name,
        long spent,
        long ticket,
        IReadOnlyList<(string DecisionId, long Micros, TimeSpan Left)> held,
        IReadOnlyList<string> ended
    )
    {
        List<RedisValue> arguments = [TextOf(name), Guid.NewGuid().ToString("N"), ticket, spent, held.Count];
        foreach (var (decisionId, micros, left) in held)
        {
            arguments.AddRange([decisionId, micros, Math.Max(0, (long)left.TotalMicroseconds)]);
        }

        arguments.AddRange(ended.Select(decisionId => (RedisValue)decisionId));
        return (string?[]?)await CallAsync("learn", arguments) is [{ Length: > 0 } id, var word]
            ? (id, word == "made")
            : throw Unexpected();
    }

    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>.</exception>
    public async Task SettleAsync(long ticket, IEnumerable<(Settled Settled, long Spent)> accounts)
    {
        List<RedisValue> arguments = [ticket];
        foreach (var (settled, spent) in accounts)
        {
            arguments.AddRange([TextOf(settled.Name), spent, settled.Ended.Count]);
            arguments.AddRange(settled.Ended.Select(id => (RedisValue)id));
        }

        await CallAsync("settle", arguments);
    }

    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>.</exception>
    public Task ReleaseAsync(string decisionId, IEnumerable<AccountName> names) =>
        CallAsync("release", [decisionId, .. names.Select(name => (RedisValue)TextOf(name))]);

    /// <returns>The accounts that exist in Redis.</returns>
    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>.</exception>
    public async Task<IEnumerable<AccountName>> KnownAsync(IReadOnlyList<AccountName> names)
    {
        var words = (string?[]?)await CallAsync("known", [.. names.Select(name => (RedisValue)TextOf(name))]);
        return words?.Length == names.Count ? names.Where((_, index) => words[index] == "1") : throw Unexpected();
    }

    private Task<RedisResult> CallAsync(string action, params IReadOnlyList<RedisValue> arguments) =>
        _script.EvaluateAsync(_prefix, [action, _life, clock is null ? "" : clock(), .. arguments]);

    // Last, because an id may contain any character.
    private static string TextOf(AccountName name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name.Scope.ToStored()}:{name.PeriodId}:{name.SubjectId}");

    private static long Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Unexpected();

    private static InvalidDataException Unexpected() => new("Redis returned an unexpected result.");
}

/// <param name="Verdict">Result.</param>
/// <param name="Limit">Index of the account that denies; 0 where none does.</param>
/// <param name="Spent">Spend of each account.</param>
internal sealed record SharedAnswer(ReserveVerdict Verdict, int Limit, IReadOnlyList<long> Spent);
