namespace AuthSidecar.Administration.Devices;

/// <summary>Answers a device's poll; the poll that consumes an approved grant makes its token.</summary>
internal sealed class CollectGrant
{
    public Task<Collected> RunAsync(string deviceCode, string clientId, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
