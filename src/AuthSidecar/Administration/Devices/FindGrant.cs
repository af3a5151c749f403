using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>Finds the grant of a user code.</summary>
internal sealed class FindGrant(Store store, GrantCodes codes, GrantMetrics metrics, LiveOptions<DeviceOptions> options, TimeProvider time)
{
    /// <param name="userCode">As typed.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Null: unknown or expired.</returns>
    public async Task<DeviceGrantView?> RunAsync(string userCode, CancellationToken cancellationToken)
    {
        var found = await FindAsync(userCode, cancellationToken);
        if (found is null)
        {
            metrics.Count(GrantEvent.UnknownCode);
        }

        return found;
    }

    private async Task<DeviceGrantView?> FindAsync(string userCode, CancellationToken cancellationToken)
    {
        if (UserCode.Read(userCode) is not { } code)
        {
            return null;
        }

        await using var context = store.Open();
        return
            await codes.FindByUserCodeAsync(context, code, cancellationToken) is { } grant
            && options.Current.ClientOf(grant.ClientId) is { } client
            && !GrantState.Of(grant).IsDead(time.GetUtcNow())
            ? DeviceGrantView.Of(grant, client)
            : null;
    }
}
