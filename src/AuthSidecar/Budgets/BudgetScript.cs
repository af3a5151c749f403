using System.Globalization;
using AuthSidecar.Redis;
using StackExchange.Redis;

namespace AuthSidecar.Budgets;

/// <summary>The accounts that replicas share: one call of one script for whatever happens to them, by the clock of Redis.</summary>
/// <param name="redis">Where they are.</param>
/// <param name="clock">Microseconds to count by instead, in tests; null: those of Redis.</param>
internal sealed class BudgetScript(RedisConnection redis, Func<long>? clock = null)
{
    // In braces, so that all keys are in one slot of a cluster.
    private static readonly RedisKey[] _prefix = ["authsidecar:{budgets}:"];
    private static readonly RedisValue _life = (long)BudgetAccounts.Life.TotalMicroseconds;

    private readonly RedisScript _script = new(redis, "budget_accounts.lua");

    /// <summary>Draws a ticket; a later one is greater.</summary>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>, and so on.</exception>
    /// <exception cref="InvalidDataException">Its answer cannot be right.</exception>
    public async Task<long> DrawTicketAsync() => Number((string?)await CallAsync("ticket"));

    /// <summary>The whole way; a refusal is an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(DrawTicketAsync());

    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="micros">How much.</param>
    /// <param name="accounts">Of which accounts, under the ids by which they are known here, and with their limits.</param>
    /// <returns>Null: one of them is not known there by that id.</returns>
    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>, and so on.</exception>
    public async Task<SharedAnswer?> ReserveAsync(string decisionId, long micros, IReadOnlyList<(AccountName Name, string SharedId, long LimitMicros)> accounts)
    {
        List<RedisValue> arguments = [decisionId, micros];
        foreach (var (name, id, limit) in accounts)
        {
            arguments.AddRange([TextOf(name), id, limit]);
        }

        var words = (string?[]?)await CallAsync("reserve", arguments) ?? throw Nonsense();
        if (words is ["absent"])
        {
            return null;
        }

        if (words.Length != accounts.Count + 2 || Number(words[1]) is not (var which and >= 0) || which >= accounts.Count)
        {
            throw Nonsense();
        }

        return new(
            words[0] switch
            {
                "reserved" => ReserveVerdict.Reserved,
                "spent" => ReserveVerdict.Spent,
                "held" => ReserveVerdict.Held,
                _ => throw Nonsense(),
            },
            (int)which,
            Array.ConvertAll(words[2..], Number));
    }

    /// <summary>Says what is known of an account, and makes it where it is not.</summary>
    /// <param name="name">Whose.</param>
    /// <param name="spent">What the store said.</param>
    /// <param name="ticket">Drawn before it was asked.</param>
    /// <param name="held">What this replica's requests hold, and for how long.</param>
    /// <param name="ended">What holds nothing any more.</param>
    /// <returns>How the account is called from now on, and whether it had to be made.</returns>
    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>, and so on.</exception>
    public async Task<(string SharedId, bool IsNew)> LearnAsync(
        AccountName name, long spent, long ticket, IReadOnlyList<(string DecisionId, long Micros, TimeSpan Left)> held, IReadOnlyList<string> ended)
    {
        List<RedisValue> arguments = [TextOf(name), Guid.NewGuid().ToString("N"), ticket, spent, held.Count];
        foreach (var (decisionId, micros, left) in held)
        {
            arguments.AddRange([decisionId, micros, Math.Max(0, (long)left.TotalMicroseconds)]);
        }

        arguments.AddRange(ended.Select(decisionId => (RedisValue)decisionId));
        return (string?[]?)await CallAsync("learn", arguments) is [{ Length: > 0 } id, var word] ? (id, word == "made") : throw Nonsense();
    }

    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>, and so on.</exception>
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

    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>, and so on.</exception>
    public Task ReleaseAsync(string decisionId, IEnumerable<AccountName> names) => CallAsync("release", [decisionId, .. names.Select(name => (RedisValue)TextOf(name))]);

    /// <returns>Those that somebody has asked for lately.</returns>
    /// <exception cref="RedisException">As <see cref="DrawTicketAsync"/>, and so on.</exception>
    public async Task<IEnumerable<AccountName>> KnownAsync(IReadOnlyList<AccountName> names)
    {
        var words = (string?[]?)await CallAsync("known", [.. names.Select(name => (RedisValue)TextOf(name))]);
        return words?.Length == names.Count ? names.Where((_, index) => words[index] == "1") : throw Nonsense();
    }

    private Task<RedisResult> CallAsync(string action, params IReadOnlyList<RedisValue> arguments) =>
        _script.EvaluateAsync(_prefix, [action, _life, clock is null ? "" : clock(), .. arguments]);

    // An id may hold anything, and stands last.
    private static string TextOf(AccountName name) => string.Create(CultureInfo.InvariantCulture, $"{name.Scope.ToString().ToLowerInvariant()}:{name.Month}:{name.SubjectId}");

    private static long Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Nonsense();

    private static InvalidDataException Nonsense() => new("Redis gave an answer that cannot be right.");
}

/// <param name="Verdict">What came of it.</param>
/// <param name="Limit">The account that stands in the way, by index; 0 where none does.</param>
/// <param name="Spent">Of each account.</param>
internal sealed record SharedAnswer(ReserveVerdict Verdict, int Limit, IReadOnlyList<long> Spent);
