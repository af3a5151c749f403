using System.Diagnostics.CodeAnalysis;
using System.Text;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Administration.Rest;

/// <summary>
/// A sidecar in this process with admins ada and eve, the user bob, and their keys. A caller is <c>NAME</c> for a session, <c>NAME,
/// old</c> for one whose password was proved an hour ago, <c>key:NAME</c>, <c>plain:NAME</c> without the scope <c>manage</c>, or
/// <c>master</c>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "DisposeAsync of the fixture does it.")]
public sealed class AdminHost : IAsyncLifetime
{
    private const string Master = "master-key-for-tests-0123456789";

    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
    private readonly KeyHasher _hasher = new([new Secret("a pepper for tests")]);
    private readonly Dictionary<string, (string Name, string Value)[]> _credentials = [];
    private SettingsMonitor _settings = null!;
    private IHost _host = null!;

    internal Store Store => _host.Services.GetRequiredService<Store>();

    internal Dictionary<string, string> Users { get; } = [];

    public async Task InitializeAsync()
    {
        var values = new SidecarSettings
        {
            DataDirectory = _directory,
            Auth = { Mode = AuthMode.Both, MasterKey = new Secret(Master) },
            Listen =
            {
                Check = "http://127.0.0.1:0",
                Console = "http://127.0.0.1:0",
                Companion = "",
                Closer = "",
                Relay = "",
            },
        };
        var source = new SettingsSource(null, new Dictionary<string, string>(), [], Path.GetTempPath());
        _settings = new(source, new(values, [], [], new()), TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        _host = SidecarHost.Build(_settings, _hasher, services => services.AddSingleton<IStartupFilter, TestLogin>());
        await Store.PrepareAsync(CancellationToken.None);
        await _host.StartAsync();
        _http.BaseAddress = _host.Services.Addresses()[1];
        _credentials["master"] = [("Authorization", $"Bearer {Master}")];
        foreach (var (name, role) in new[] { ("ada", UserRole.Admin), ("eve", UserRole.Admin), ("bob", UserRole.User) })
        {
            Users[name] = (await new CreateUser(Store, TimeProvider.System).RunAsync(new(name) { Role = role }, CancellationToken.None))
                .Value
                .Id;
            _credentials[$"key:{name}"] = [("Authorization", $"Bearer {await AddKeyAsync(name, "manage")}")];
            _credentials[$"plain:{name}"] = [("Authorization", $"Bearer {await AddKeyAsync(name, "full")}")];
            await LogInAsync(name);
        }

        await LogInAsync("ada", ", old");
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _settings.Dispose();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    internal async Task<string> AddKeyAsync(string user, params string[] scopes) =>
        (
            await new CreateKey(Store, _hasher, TimeProvider.System).RunAsync(
                new(user) { Name = "a key", Scopes = scopes },
                CancellationToken.None
            )
        )
            .Value
            .Token;

    /// <summary>Begins a session.</summary>
    internal async Task LogInAsync(string name, string age = "")
    {
        using var response = await _http.GetAsync(new Uri($"/test/login?user={name}&age={age.Length}", UriKind.Relative));
        var cookies = response.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]);
        _credentials[name + age] =
        [
            ("Cookie", string.Join("; ", cookies)),
            ("X-CSRF-Token", await response.Content.ReadAsStringAsync()),
            ("Origin", _http.BaseAddress!.GetLeftPart(UriPartial.Authority)),
        ];
    }

    internal async Task<RestReply> SendAsync(
        string caller,
        string method,
        string path,
        string? body = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in (_credentials.GetValueOrDefault(caller) ?? []).Concat(headers))
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await _http.SendAsync(request);
        return new(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value)),
            await response.Content.ReadAsStringAsync()
        );
    }

    private sealed class TestLogin : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(RunAsync);
                next(app);
            };

        private static async Task RunAsync(HttpContext http, RequestDelegate next)
        {
            if (http.Request.Path != "/test/login")
            {
                await next(http);
                return;
            }

            var name = http.Request.Query["user"].ToString();
            await using var context = http.RequestServices.GetRequiredService<Store>().Open();
            var user = await context.Users.SingleAsync(user => user.Name == name, http.RequestAborted);
            var caller = await http.RequestServices.GetRequiredService<SignIn>().SignInAsync(http, user);
            if (http.Request.Query["age"] != "0")
            {
                var session = await context.Sessions.SingleAsync(session => session.Id == caller.SessionId, http.RequestAborted);
                session.AuthenticatedAt = session.AuthenticatedAt.AddHours(-1);
                await context.SaveChangesAsync(http.RequestAborted);
            }

            var tokens = http.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http);
            await http.Response.WriteAsync(tokens.RequestToken!);
        }
    }
}
