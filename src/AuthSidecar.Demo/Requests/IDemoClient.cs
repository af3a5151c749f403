namespace AuthSidecar.Demo.Requests;

/// <summary>Sends the demo's requests and reports what came of them.</summary>
internal interface IDemoClient : IAsyncDisposable
{
    /// <summary>True when the requests pass through Envoy, which may refuse them itself.</summary>
    bool HasEnvoy { get; }

    Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken);
}
