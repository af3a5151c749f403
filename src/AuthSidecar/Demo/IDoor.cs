namespace AuthSidecar.Demo;

/// <summary>The way by which the demo's requests reach the sidecar.</summary>
internal interface IDoor : IAsyncDisposable
{
    /// <summary>True when a proxy stands in between, which may refuse by itself.</summary>
    bool HasEnvoy { get; }

    Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken);
}
