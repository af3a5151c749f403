using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>
/// Reads a row of LiteLLM's table <c>LiteLLM_VerificationToken</c> (https://github.com/BerriAI/litellm). A member that narrows the key is
/// kept or is an error; so is an unknown member, which may narrow it.
/// </summary>
internal static class LitellmLine
{
    private const string LlmScope = "llm:invoke";
    private const string OnlyModels = "llm_api_routes";
    private const string AllModels = "all-proxy-models";

    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    // LiteLLM names the same period in two ways.
    private static readonly Dictionary<string, BudgetPeriod> _periods = new(StringComparer.Ordinal)
    {
        ["24h"] = BudgetPeriod.Day,
        ["1d"] = BudgetPeriod.Day,
        ["7d"] = BudgetPeriod.Week,
        ["1w"] = BudgetPeriod.Week,
        ["30d"] = BudgetPeriod.Month,
        ["1mo"] = BudgetPeriod.Month,
    };

    private static readonly HashSet<string> _read =
    [
        "token",
        "user_id",
        "key_alias",
        "expires",
        "models",
        "blocked",
        "max_budget",
        "budget_duration",
        "soft_budget",
        "spend",
        "rpm_limit",
        "tpm_limit",
        "max_parallel_requests",
        "allowed_routes",
        "metadata",
    ];

    // Names, times and sums that permit and forbid nothing.
    private static readonly HashSet<string> _harmless =
    [
        "key_name",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "last_active",
        "last_rotation_at",
        "key_rotation_at",
        "rotation_count",
        "rotation_interval",
        "auto_rotate",
        "budget_reset_at",
        "model_spend",
        "team_alias",
        "user_alias",
        "user_email",
    ];

    private static readonly HashSet<string> _elsewhere =
    [
        "team_id",
        "organization_id",
        "project_id",
        "agent_id",
        "budget_id",
        "object_permission_id",
        "access_group_ids",
        "policies",
    ];

    private static readonly HashSet<string> _narrowingMetadata =
    [
        "model_rpm_limit",
        "model_tpm_limit",
        "model_max_budget",
        "max_parallel_requests",
        "rpm_limit",
        "tpm_limit",
        "enforced_params",
        "guardrails",
        "policies",
        "allowed_ips",
        "allowed_passthrough_routes",
        "allowed_vector_store_indexes",
    ];

    public static ImportedKey Read(LineReader line, int number, DateTimeOffset now, Func<byte[], string> idOf)
    {
        var hash = line.Sha256("token");
        var models = line.Texts("models", Rules.Models);
        if (models.FirstOrDefault(model => model is "all-team-models" or "no-default-models") is { } foreign)
        {
            line.Fail<string>("models", $"has {foreign}, a list that is not in this file; write its models");
        }

        var name = line.Text("key_alias");
        if (name is not null && Rules.Name("key_alias", name) is { } error)
        {
            line.Fail<string>("key_alias", $"cannot be a key's name: {error}");
        }

        var owner = line.Has("user_id") ? line.Owner("user_id") : null;
        var isBlocked = line.Flag("blocked");
        var budget = line.Micros("max_budget");
        var spent = line.Micros("spend");
        var soft = line.Micros("soft_budget");
        var key = new ImportedKey(number, idOf(hash), KeyFormat.Litellm, hash, owner)
        {
            Name = name,
            Models = models.Contains(AllModels) ? [] : models,
            Scopes = Scopes(line),
            ExpiresAt = line.Time("expires"),
            RevokedAt = isBlocked ? now : null,
            BudgetMicros = budget,
            BudgetPeriod = Period(line, budget),
            WarnMicros = soft is > 0 && soft <= budget ? soft : null,
            SpentMicros = budget is null ? null : spent,
            IsBudgetForAllTime = budget is not null && !line.Has("budget_duration"),
            Limit = line.Count("rpm_limit", "blocked") is { } permits ? new KeyLimit(permits, _minute) : null,
            TokenLimit = line.Count("tpm_limit", "blocked", long.MaxValue) is { } tokens ? new TokenLimit(tokens, _minute) : null,
            Parallel = line.Count("max_parallel_requests", "blocked"),
        };
        RefuseOthers(line);
        return key;
    }

    private static IReadOnlyList<string> Scopes(LineReader line)
    {
        var routes = line.Texts("allowed_routes", _ => null);
        if (routes.FirstOrDefault(route => route is not (OnlyModels or "info_routes")) is { } other)
        {
            line.Fail<string>("allowed_routes", $"has {LineReader.Quote(other)}; only {OnlyModels} has a scope here, {LlmScope}");
        }
        else if (routes.Count > 0 && !routes.Contains(OnlyModels))
        {
            line.Fail<string>("allowed_routes", $"is without {OnlyModels}, so the key may use no model");
        }

        return routes.Count > 0 ? [LlmScope] : [];
    }

    private static BudgetPeriod Period(LineReader line, long? budget)
    {
        if (!line.Has("budget_duration") || line.Text("budget_duration") is not { } text || budget is null)
        {
            return BudgetPeriod.Month;
        }

        return _periods.TryGetValue(text, out var period)
            ? period
            : line.Fail<BudgetPeriod>(
                "budget_duration",
                $"is {LineReader.Quote(text)}; a budget is of a day (1d or 24h), a week (7d or 1w) or a month (30d or 1mo) here"
            );
    }

    private static void RefuseOthers(LineReader line)
    {
        foreach (var name in line.Filled().Where(name => !_read.Contains(name) && !_harmless.Contains(name)))
        {
            line.Fail<string>(
                LineReader.Quote(name),
                _elsewhere.Contains(name)
                    ? "names limits that are not in this file; write them into the line, and remove it"
                    : "may narrow the key, and is not imported; remove it if the key may do without"
            );
        }

        foreach (var name in line.Filled("metadata").Where(_narrowingMetadata.Contains))
        {
            line.Fail<string>($"metadata.{name}", "narrows the key, and is not imported; remove it if the key may do without");
        }
    }
}
