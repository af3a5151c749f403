using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;
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
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>
/// A sidecar in this process with admins ada and eve, the user bob, and their keys. A caller is <c>NAME</c> for a session, <c>NAME,
/// old</c> for one whose password was proved an hour ago, <c>key:NAME</c>, <c>plain:NAME</c> without the scope <c>manage</c>, or
/// <c>master</c>. Answers of the API are validated against the OpenAPI document.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "DisposeAsync of the fixture does it.")]
public sealed class AdminHost : IAsyncLifetime
{
    internal const int MostKeys = 5;

    private const string Master = "master-key-for-tests-0123456789";

    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
    private readonly KeyHasher _hasher = new([new Secret("a pepper for tests")]);
    private readonly Dictionary<string, (string Name, string Value)[]> _credentials = [];
    private SettingsMonitor _settings = null!;
    private IHost _host = null!;

    private readonly StoreOptions _store;

    /// <summary>On SQLite.</summary>
    public AdminHost()
        : this(new()) { }

    internal AdminHost(StoreOptions store) => _store = store;

    /// <summary>A directory that is removed with the host.</summary>
    internal string Scratch => Directory.CreateDirectory(Path.Combine(_directory, "scratch")).FullName;

    internal Store Store => _host.Services.GetRequiredService<Store>();

    internal Dictionary<string, string> Users { get; } = [];

    public async Task InitializeAsync()
    {
        var values = new SidecarSettings
        {
            DataDirectory = _directory,
            WarmUp = { MaxSeconds = 0 },
            Shutdown = { DrainSeconds = 0 },
            Store = _store,
            Auth = { Mode = AuthMode.Both, MasterKey = new Secret(Master) },
            Console = { Keys = { Scopes = ["llm:invoke"], MaxPerUser = MostKeys } },
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
        await Store.MigrateAsync(CancellationToken.None);
        await _host.StartAsync();
        _http.BaseAddress = _host.Services.Addresses()[1];
        _credentials["master"] = [("Authorization", $"Bearer {Master}")];
        foreach (var (name, role) in new[] { ("ada", UserRole.Admin), ("eve", UserRole.Admin), ("bob", UserRole.User) })
        {
            await AddUserAsync(name, role);
            _credentials[$"key:{name}"] = [("Authorization", $"Bearer {await AddKeyAsync(name, "manage")}")];
            _credentials[$"plain:{name}"] = [("Authorization", $"Bearer {await AddKeyAsync(name, "full")}")];
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

    /// <summary>Adds a user with a session.</summary>
    internal async Task<string> AddUserAsync(string name, UserRole role = UserRole.User)
    {
        var user = (await new CreateUser(Store, TimeProvider.System).RunAsync(new(name) { Role = role }, CancellationToken.None)).Value;
        Users[name] = user.Id;
        await LogInAsync(name);
        return user.Id;
    }

    /// <summary>Lets <paramref name="caller"/> send this token.</summary>
    internal void AddCaller(string caller, string token) => _credentials[caller] = [("Authorization", $"Bearer {token}")];

    /// <summary>The token of a device of a user, or of an external identity.</summary>
    internal async Task<IssuedKey> AddDeviceAsync(string? user, ExternalIdentity? identity = null)
    {
        if (identity is not null)
        {
            return await StoredDevice.AddAsync(Store, _hasher, TimeProvider.System, identity, "a phone");
        }

        await using var context = Store.Open();
        var owner = await context.Users.SingleAsync(one => one.Name == user);
        return await StoredDevice.AddAsync(Store, _hasher, TimeProvider.System, owner, "a phone");
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

    /// <summary>Begins a session, as caller <c>NAME</c> with <paramref name="age"/> and <paramref name="suffix"/>.</summary>
    /// <param name="name">The user.</param>
    /// <param name="age">Not empty: the password was proved an hour ago.</param>
    /// <param name="suffix">Tells sessions of one user apart.</param>
    internal async Task LogInAsync(string name, string age = "", string suffix = "")
    {
        using var response = await _http.GetAsync(new Uri($"/test/login?user={name}&age={age.Length}", UriKind.Relative));
        var cookies = response.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]);
        _credentials[name + age + suffix] =
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
        var reply = new RestReply(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value)),
            await response.Content.ReadAsStringAsync()
        );
        if (path.StartsWith("/api/", StringComparison.Ordinal))
        {
            ApiContract.Committed.Check(method, path.Split('?')[0], reply.Status, reply.Type ?? "", reply.Text);
        }

        return reply;
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

/// <summary>An answer of the REST API.</summary>
internal sealed record RestReply(int Status, string? Type, Dictionary<string, string> Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>Status, code and wrong member of a problem; verifies the format.</summary>
    public string Problem()
    {
        Assert.Equal("application/problem+json", Type);
        Assert.Equal("no-store", Headers["Cache-Control"]);
        Assert.Equal(Status, (int)Json["status"]!);
        Assert.NotEmpty((string)Json["title"]!);
        Assert.NotEmpty((string)Json["detail"]!);
        var members = Json["errors"]?.AsObject().Select(error => $" {error.Key}") ?? [];
        return $"{Status} {Json["error"]}{string.Concat(members)}";
    }
}
