using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Accounts;

/// <summary>
/// Counts logins by result, and the failures of each user for the audit trail: one event per user and interval, so that guesses cannot fill
/// the store.
/// </summary>
internal sealed class LoginFailures(Meter meter, Store store, TimeProvider time)
{
    private const int MostUsers = 1_000;

    private readonly Counter<long> _logins = meter.CreateCounter<long>(
        "authsidecar_console_logins_total",
        null,
        "Passwords presented to the console, by result."
    );
    private readonly ConcurrentDictionary<(string? Id, string? Name), long> _failed = new();

    public void Count(LoginFailure result, User? user)
    {
        _logins.Add(1, new KeyValuePair<string, object?>("result", NameOf(result)));
        if (result is LoginFailure.Invalid or LoginFailure.Throttled)
        {
            var key = _failed.Count < MostUsers ? (user?.Id, user?.Name) : default;
            _failed.AddOrUpdate(key, 1, (_, count) => count + 1);
        }
    }

    /// <summary>Writes the counts since the last call to the audit trail.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var written = new List<KeyValuePair<(string? Id, string? Name), long>>();
        foreach (var key in _failed.Keys)
        {
            if (_failed.TryRemove(key, out var count))
            {
                written.Add(new(key, count));
                var after = new JsonObject { ["count"] = count }.ToJsonString();
                context.AuditEvents.Add(AuditEvent.Of("login.failed", key.Id, key.Name, null, after, Instant.Now(time)));
            }
        }

        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch
        {
            written.ForEach(pair => _failed.AddOrUpdate(pair.Key, pair.Value, (_, count) => count + pair.Value));
            throw;
        }
    }

    private static string NameOf(LoginFailure result) =>
        result switch
        {
            LoginFailure.None => "accepted",
            LoginFailure.Throttled => "throttled",
            LoginFailure.Busy => "busy",
            _ => "rejected",
        };
}
