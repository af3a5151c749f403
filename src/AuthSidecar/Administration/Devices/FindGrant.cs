namespace AuthSidecar.Administration.Devices;

/// <summary>Finds the grant of a user code.</summary>
internal sealed class FindGrant
{
    /// <param name="userCode">As typed.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Null: unknown or expired.</returns>
    public Task<DeviceGrantView?> RunAsync(string userCode, CancellationToken cancellationToken) => throw new NotImplementedException();
}
