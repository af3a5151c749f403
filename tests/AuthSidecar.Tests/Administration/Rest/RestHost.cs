using System.Text;
using AuthSidecar.Administration.Rest;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Rest;

/// <summary>Kestrel with the plumbing of the REST API and routes of a test; the header <c>Caller</c> is the id of the caller.</summary>
internal sealed class RestHost : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly HttpClient _http = new();
    private IHost _host = null!;

    public FakeTimeProvider Time { get; } = new(new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public Store Store { get; private set; } = null!;

    public static async Task<RestHost> StartAsync(Action<IEndpointRouteBuilder> map)
    {
        var host = new RestHost();
        host.Store = SqliteStore.For(new(), host._directory, host.Time);
        await host.Store.PrepareAsync(CancellationToken.None);
        host._host = new HostBuilder()
            .ConfigureLogging(logging => logging.ClearProviders())
            .ConfigureWebHost(web =>
                web.UseKestrelCore()
                    .UseUrls("http://127.0.0.1:0")
                    .ConfigureServices(services =>
                        services
                            .AddRouting()
                            .AddSingleton(host.Store)
                            .AddSingleton<TimeProvider>(host.Time)
                            .AddSingleton(new KeyHasher([new Secret("a pepper for tests")]))
                            .AddSingleton<IdempotencyStore>()
                    )
                    .Configure(app =>
                        app.UseRestErrors()
                            .Use(
                                (http, next) =>
                                {
                                    http.Features.Set(
                                        new Caller(CallerKind.Session, "ada") { UserId = http.Request.Headers["Caller"].ToString() }
                                    );
                                    return next(http);
                                }
                            )
                            .UseRouting()
                            .UseEndpoints(map)
                    )
            )
            .Build();
        await host._host.StartAsync();
        host._http.BaseAddress = new(host._host.Services.Addresses()[0].ToString());
        return host;
    }

    public async Task<RestReply> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type")
            {
                request.Content!.Headers.Remove(name);
                Assert.True(request.Content.Headers.TryAddWithoutValidation(name, value));
            }
            else
            {
                Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            }
        }

        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value)),
            text
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _http.Dispose();
        await Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
