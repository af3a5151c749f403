using AuthSidecar.Platform.Storage;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>Keys, usage, budgets, devices and identities of a person who has used the gateway for a month.</summary>
internal static class ConsoleSeed
{
    public const string RefusedId = "01a2294e47cc7e0d939a44fcbbad3375";
    public const string AllowedId = "01a2294e45fa712eaac36c9dee1a04f7";

    private static readonly (string Provider, string Model, int Micros)[] _models =
    [
        ("anthropic", "claude-sonnet-4-5", 21_000),
        ("openai", "gpt-5.1", 12_400),
        ("openai", "gpt-5.1-mini", 4_510),
        ("gemini", "gemini-2.5-flash", 220),
    ];

    public static async Task AddUsageAsync(Store store, string userId, DateTimeOffset now, long spentMicros = 38_200_000)
    {
        await using var context = store.Open();
        context.ApiKeys.AddRange(
            Key("d4dx8u7FwYEr", "laptop", userId, now.AddDays(-40), now.AddDays(74), now.AddMinutes(-4)),
            Key("EsiSgzTdwCpQ", "ci-runner", userId, now.AddDays(-81), now.AddDays(9), now.AddDays(-1)),
            Key("zwtktoK2k4Mp", "old-notebook", userId, now.AddDays(-200), null, now.AddDays(-58), now.AddDays(-50)),
            Key("q2expired9xA", "trial", userId, now.AddDays(-120), now.AddDays(-30), null)
        );
        context.ApiKeys.Add(Device("a7Device01xy", "alice's server", userId, now));
        var today = (int)(now.ToUnixTimeSeconds() / 86_400);
        for (var back = 0; back < 30; back++)
        {
            var weight = (back * 37 % 11) + (back % 7 < 2 ? 1 : 6);
            for (var index = 0; index < _models.Length; index++)
            {
                var (provider, model, micros) = _models[index];
                var requests = weight * (4 - index) * 7;
                context.UsageDays.Add(
                    new()
                    {
                        Day = today - back,
                        Provider = provider,
                        Model = model,
                        KeyId = index % 2 == 0 ? "d4dx8u7FwYEr" : "EsiSgzTdwCpQ",
                        UserId = userId,
                        Tenant = "",
                        Requests = requests,
                        Priced = requests,
                        InputTokens = requests * 1900,
                        CachedReadTokens = requests * 1160,
                        OutputTokens = requests * 163,
                        ReasoningTokens = requests * 23,
                        CostMicros = (long)weight * micros * 5,
                    }
                );
            }
        }

        context.Budgets.Add(
            new()
            {
                Scope = BudgetScope.User,
                SubjectId = userId,
                LimitMicros = 50_000_000,
                UpdatedAt = now,
            }
        );
        context.Spends.Add(
            new()
            {
                Scope = BudgetScope.User,
                SubjectId = userId,
                PeriodId = BudgetPeriod.Month.IdAt(now),
                Micros = spentMicros,
            }
        );
        context.Usage.AddRange(Rows(userId, now));
        context.UserIdentities.Add(
            new()
            {
                Issuer = "https://login.example.com",
                Subject = $"sub-{userId}",
                UserId = userId,
                Email = "alice@example.com",
                CreatedAt = now.AddDays(-100),
                LastLoginAt = now.AddDays(-2),
            }
        );
        await context.SaveChangesAsync();
    }

    /// <summary>A session of the person in another browser.</summary>
    public static async Task AddSessionAsync(Store store, string userId, DateTimeOffset now)
    {
        await using var context = store.Open();
        context.Sessions.Add(
            new()
            {
                Id = Guid.CreateVersion7().ToString(),
                Hash = Guid.NewGuid().ToByteArray(),
                UserId = userId,
                CreatedAt = now.AddHours(-3),
                LastSeenAt = now.AddMinutes(-50),
                AuthenticatedAt = now.AddHours(-3),
                Address = "198.51.100.7",
                Agent =
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
            }
        );
        await context.SaveChangesAsync();
    }

    private static ApiKey Key(
        string id,
        string name,
        string userId,
        DateTimeOffset created,
        DateTimeOffset? expires,
        DateTimeOffset? used,
        DateTimeOffset? revoked = null
    ) =>
        new()
        {
            Id = id,
            Hash = Guid.NewGuid().ToByteArray(),
            UserId = userId,
            Name = name,
            Scopes = "llm:invoke",
            CreatedAt = created,
            ExpiresAt = expires,
            LastUsedAt = used,
            LastUsedAddress = used is null ? null : "203.0.113.9",
            RevokedAt = revoked,
        };

    private static ApiKey Device(string id, string label, string userId, DateTimeOffset now) =>
        new()
        {
            Id = id,
            Format = KeyFormat.Aso,
            Hash = Guid.NewGuid().ToByteArray(),
            UserId = userId,
            ClientId = "authsidecar-cli",
            DeviceLabel = label,
            Scopes = "llm:invoke",
            CreatedAt = now.AddDays(-3),
            ExpiresAt = now.AddDays(11),
            LastUsedAt = now.AddHours(-2),
            LastUsedAddress = "203.0.113.9",
        };

    private static IEnumerable<UsageRow> Rows(string userId, DateTimeOffset now)
    {
        var allowed = Row(AllowedId, userId, now.AddMinutes(-4), "allow", null);
        (allowed.Outcome, allowed.Status, allowed.DurationMs) = ("complete", 200, 1_840);
        (allowed.InputTokens, allowed.OutputTokens, allowed.CostMicros) = (1_900, 163, 8_145);
        var refused = Row(RefusedId, userId, now.AddMinutes(-9), "deny", "budget_exceeded");
        (refused.Outcome, refused.Detail) = ("denied", "$ 50.00 of $ 50.00 are spent.");
        var model = Row("01a2294e471077cb8da9793db9e05cb0", userId, now.AddHours(-3), "deny", "model_not_allowed");
        (model.Outcome, model.Model) = ("denied", "gpt-5.1-pro");
        var broken = Row("01a2294e48ff7fd08b5b260f86afdbff", userId, now.AddDays(-1), "allow", null);
        (broken.Outcome, broken.ErrorType) = ("upstream_error", "overloaded_error");
        return [allowed, refused, model, broken];
    }

    private static UsageRow Row(string id, string userId, DateTimeOffset time, string decision, string? reason) =>
        new()
        {
            DecisionId = id,
            Time = time,
            UserId = userId,
            KeyId = "d4dx8u7FwYEr",
            Policy = "openai",
            Provider = "openai",
            Model = "gpt-5.1",
            Mode = "centralized",
            Decision = decision,
            Reason = reason,
            Path = "/openai/v1/chat/completions",
            Client = "203.0.113.9",
            Facts = UsageFacts.Decided,
        };
}
