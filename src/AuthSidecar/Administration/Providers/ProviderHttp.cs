namespace AuthSidecar.Administration.Providers;

/// <summary>HTTP client for identity providers with strict bounds: 10 s, 512 KiB, no redirects, no cookies.</summary>
internal sealed class ProviderHttp : IDisposable
{
    public HttpClient Client { get; } =
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                MaxConnectionsPerServer = 16,
            }
        )
        {
            Timeout = TimeSpan.FromSeconds(10),
            MaxResponseContentBufferSize = 512 * 1024,
        };

    public void Dispose() => Client.Dispose();
}
