using System.Globalization;
using System.Text.Json;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Pages.Admin;

/// <param name="Name">Name of the value, in words.</param>
/// <param name="Before">Null: there was none.</param>
/// <param name="After">Null: there is none.</param>
internal sealed record ValueChange(string Name, string? Before, string? After);

/// <summary>Events of the audit trail in a person's words.</summary>
internal static class AuditWords
{
    private const int LongestValue = 120;

    public static string Actor(AuditEvent row) =>
        row.ActorKind switch
        {
            ActorKind.Session => row.ActorName,
            ActorKind.Key => $"{row.ActorName} by key",
            ActorKind.Command => $"{row.ActorName} on the command line",
            ActorKind.Master => "the master key",
            _ => "AuthSidecar itself",
        };

    /// <summary>"key revoked".</summary>
    public static string Action(AuditEvent row) =>
        row.Action.Replace("groupmember", "member of group", StringComparison.Ordinal).Replace('.', ' ');

    /// <summary>Ids in the event that may be of users or keys.</summary>
    public static IEnumerable<string> Ids(AuditEvent row) =>
        [.. (row.TargetId ?? "").Split(':'), .. UserOf(row.Before), .. UserOf(row.After)];

    /// <summary>"alice", "key ci-runner", "alice in acme".</summary>
    public static string Target(AuditEvent row, Names names)
    {
        var parts = (row.TargetId ?? "").Split(':').Select(names.User).Select(names.Key).ToList();
        return (row.TargetKind, parts) switch
        {
            ("member" or "groupmember", [var owner, var user]) => $"{row.TargetName ?? user} in {owner}",
            ("budget", ["shared", var group]) => $"members of {group} together",
            ("budget", ["group", var group]) => $"each member of {group}",
            ("budget", [var scope, .. var subject]) => $"{scope} {string.Join(':', subject)}",
            ("price", [var provider, .. var model, var day]) => $"{string.Join(':', model)} of {provider} from {day}",
            ("session", _) when UserOf(row.After).Concat(UserOf(row.Before)).FirstOrDefault() is { } user => names.User(user),
            _ when row.TargetName is { } name => name,
            _ when row.TargetId is { Length: > 0 } => string.Join(':', parts),
            _ => Formats.None,
        };
    }

    /// <summary>The values that differ, in the order of the event.</summary>
    public static IEnumerable<ValueChange> Changes(AuditEvent row, Names names)
    {
        var (before, after) = (Read(row.Before), Read(row.After));
        return before
            .Keys.Union(after.Keys, StringComparer.Ordinal)
            .Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name))
            .Select(name => new ValueChange(
                Words(name),
                Value(row, name, before.GetValueOrDefault(name), names),
                Value(row, name, after.GetValueOrDefault(name), names)
            ));
    }

    private static IEnumerable<string> UserOf(string? json) => Read(json).GetValueOrDefault("userId") is { } id ? [id] : [];

    // Amounts are stored in millionths of a US dollar.
    private static string? Value(AuditEvent row, string name, string? value, Names names) =>
        value switch
        {
            null => null,
            _ when name == "userId" => names.User(value),
            _ when (name == "limitMicros" || row.TargetKind == "price")
                    && long.TryParse(value, CultureInfo.InvariantCulture, out var micros) => PricesModel.Money(micros),
            _ when name.EndsWith("At", StringComparison.Ordinal)
                    && DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) =>
                Formats.DateAndTime(time),
            _ => value,
        };

    private static Dictionary<string, string?> Read(string? json)
    {
        try
        {
            using var document = JsonDocument.Parse(json ?? "{}");
            return document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => Text(member.Value));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string? Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? null
        : value.ToString() is { Length: > LongestValue } text ? $"{text[..LongestValue]}…"
        : value.ToString() is { Length: > 0 } given ? given
        : null;

    /// <summary>"revokedAt" as "revoked at", "userId" as "user", "limitMicros" as "limit".</summary>
    private static string Words(string name) =>
        name is "limitMicros" ? "limit"
        : name.Length > 2 && name.EndsWith("Id", StringComparison.Ordinal) ? Words(name[..^2])
        : Spaced(name);

    private static string Spaced(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));
}
