using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

/// <summary>Starts a grant for a device.</summary>
internal sealed class StartGrant(Store store, GrantCodes codes, GrantMetrics metrics, LiveOptions<DeviceOptions> options, TimeProvider time)
{
    /// <summary>Grants that are alive at once; over several replicas about as many.</summary>
    public const int MostLive = 5000;

    private const int MostTries = 5;

    private int _underWay;

    /// <summary>Makes user codes; tests replace it.</summary>
    internal Func<string> NewUserCode { get; init; } = UserCode.New;

    /// <returns>
    /// Refused with <c>device_flow_off</c>, <c>access_denied</c> (network), <c>unsupported_client</c>, <c>invalid_argument</c> (label),
    /// <c>invalid_scope</c>, <c>too_many_grants</c> or <c>user_code_exhausted</c>.
    /// </returns>
    public async Task<Outcome<StartedGrant>> RunAsync(NewGrant wanted, CancellationToken cancellationToken)
    {
        if (RefusalOf(wanted) is { } refusal)
        {
            return refusal;
        }

        // Grants that other requests are about to add count too.
        var underWay = Interlocked.Increment(ref _underWay);
        try
        {
            return await StartAsync(wanted, underWay, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<Outcome<StartedGrant>> StartAsync(NewGrant wanted, int underWay, CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        await using var context = store.Open();
        if (await context.DeviceGrants.CountAsync(grant => grant.ExpiresAt > now, cancellationToken) + underWay > MostLive)
        {
            return Unavailable("too_many_grants", "Too many devices wait for an approval; try again later.");
        }

        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            var (deviceCode, userCode) = (GrantCodes.NewDeviceCode(), NewUserCode());
            if (await TryAddAsync(context, wanted, deviceCode, userCode, now, cancellationToken))
            {
                metrics.Count(GrantEvent.Started);
                return new StartedGrant(deviceCode, UserCode.Shown(userCode), GrantState.Lifetime, GrantState.Interval);
            }
        }

        return Unavailable("user_code_exhausted", "No code is free; try again later.");
    }

    private Refusal? RefusalOf(NewGrant wanted)
    {
        if (!options.Current.Enabled)
        {
            return Unavailable("device_flow_off", "The device flow is switched off.");
        }

        if (options.Current.Networks is { Count: > 0 } networks && !ClientNetwork.IsIn(wanted.Address, networks))
        {
            return Refusal.Forbidden("access_denied", "Devices of this network may not ask for tokens.");
        }

        if (options.Current.ClientOf(wanted.ClientId) is not { } client)
        {
            return new(RefusalKind.Invalid, "unsupported_client", "No client has this id.") { Member = "client_id" };
        }

        if (Rules.Name("A device's label", wanted.DeviceLabel) is { } error)
        {
            return Refusal.Invalid(error, "device_label");
        }

        return Rules.Scopes(SpaceSeparated.Split(wanted.Scope ?? "")) is not null || DeviceScopes.Of(client, wanted.Scope).Count == 0
            ? new Refusal(RefusalKind.Invalid, "invalid_scope", "The client may have none of the scopes.") { Member = "scope" }
            : null;
    }

    private async Task<bool> TryAddAsync(
        SidecarDbContext context,
        NewGrant wanted,
        string deviceCode,
        string userCode,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        // The unique index knows only hashes under one pepper.
        if (await codes.FindByUserCodeAsync(context, userCode, cancellationToken) is not null)
        {
            return false;
        }

        var start = GrantState.Start(now);
        var grant = context.DeviceGrants.Add(
            new()
            {
                Id = Guid.CreateVersion7(now).ToString(),
                DeviceCodeHash = codes.HashOfDeviceCode(deviceCode),
                UserCodeHash = codes.HashOfUserCode(userCode),
                ClientId = wanted.ClientId,
                DeviceLabel = wanted.DeviceLabel,
                Scopes = SpaceSeparated.Join(SpaceSeparated.Split(wanted.Scope ?? "")),
                Address = wanted.Address,
                Agent = UserAgent.Shortened(wanted.Agent),
                Status = start.Status,
                CreatedAt = now,
                ExpiresAt = start.ExpiresAt,
            }
        );
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            grant.State = EntityState.Detached;
            return false;
        }
    }

    private static Refusal Unavailable(string code, string message) =>
        new(RefusalKind.Busy, code, message) { RetryAfter = TimeSpan.FromMinutes(1) };
}
