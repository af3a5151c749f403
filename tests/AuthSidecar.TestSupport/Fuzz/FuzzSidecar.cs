using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Configuration;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>A complete sidecar in this process, with a key, called without gRPC.</summary>
internal sealed class FuzzSidecar : IAsyncDisposable
{
    public const string GatewayKey = "gateway-key-of-the-fuzzer-0123456789";
    public const string MasterKey = "master-key-of-the-fuzzer-0123456789";

    private readonly string _directory;
    private readonly SettingsMonitor _settings;
    private readonly Sidecar _sidecar;
    private readonly CheckPipeline _pipeline;

    private FuzzSidecar(string directory, SettingsMonitor settings, Sidecar sidecar, IssuedKey key)
    {
        (_directory, _settings, _sidecar, Key) = (directory, settings, sidecar, key);
        _pipeline = sidecar.Services.GetRequiredService<CheckPipeline>();
    }

    public IssuedKey Key { get; }

    public static async Task<FuzzSidecar> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("authsidecar-fuzz-").FullName;
        var file = Path.Combine(directory, "authsidecar.json");
        await File.WriteAllTextAsync(file, Configuration(directory));
        var source = new SettingsSource(file, new Dictionary<string, string>(), [], directory);
        var loaded = SettingsLoader.Load(source);
        var settings = loaded.Settings is null
            ? throw new InvalidOperationException(string.Join('\n', loaded.Errors))
            : new SettingsMonitor(source, loaded, TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        var sidecar = await Sidecar.StartAsync(
            settings,
            services => services.AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null)),
            CancellationToken.None
        );
        var createUser = ActivatorUtilities.CreateInstance<CreateUser>(sidecar.Services);
        var createKey = ActivatorUtilities.CreateInstance<CreateKey>(sidecar.Services);
        var user = (await createUser.RunAsync(new("fuzzer"), CancellationToken.None)).Value;
        return new(directory, settings, sidecar, (await createKey.RunAsync(new(user.Id), CancellationToken.None)).Value);
    }

    /// <summary>Catches nothing: an exception in reader, steps or writer is a finding.</summary>
    public ValueTask<(CheckResponse Answer, CheckContext Check)> CheckAsync(CheckRequest request) => CheckAsync(request.ToByteArray());

    public async ValueTask<(CheckResponse Answer, CheckContext Check)> CheckAsync(byte[] request)
    {
        var check = new CheckContext(CheckRequestReader.Read(request), DecisionIds.Next(TimeProvider.System));
        var decision = await _pipeline.RunAsync(check, CancellationToken.None);
        return (_sidecar.Services.GetRequiredService<CheckResponseWriter>().Write(check, decision).ToMessage(), check);
    }

    public async ValueTask DisposeAsync()
    {
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        _settings.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Configuration(string directory) =>
        $$"""
            {
              "Listen": { "Check": "http://127.0.0.1:0", "Companion": "http://127.0.0.1:0", "Console": "http://127.0.0.1:0", "Closer": "", "TrustNetwork": true },
              "DataDirectory": "{{directory}}/data",
              "WarmUp": { "MaxSeconds": 0 },
              "Shutdown": { "DrainSeconds": 0 },
              "Auth": { "MasterKey": "{{MasterKey}}" },
              "Limits": { "DefaultPermits": 0, "FailedAuthPerMinute": 0 },
              "Delegation": { "GatewayKeys": ["{{GatewayKey}}"], "Principals": ["spiffe://fuzz.test/gateway"] },
              "Providers": {
                "openai": { "Dialect": "openai", "Credential": "central-openai" }, "gemini": { "Dialect": "gemini", "Credential": "central-gemini" },
                "azure": { "Dialect": "azure-openai", "Credential": "central-azure" }, "anthropic": { "Dialect": "anthropic", "Credential": "central-anthropic" },
                "copilot": { "Dialect": "copilot" }
              },
              "Policies": {
                "plain": {}, "public": { "Public": true }, "services": { "Subjects": ["service"] },
                "openai": { "Provider": "openai", "Endpoints": "any", "Byok": "allow", "Errors": "openai" }, "gemini": { "Provider": "gemini", "Endpoints": "any", "Byok": "allow" },
                "azure": { "Provider": "azure", "Endpoints": "any", "Byok": "allow" }, "anthropic": { "Provider": "anthropic", "Endpoints": "any", "Byok": "allow", "Errors": "anthropic" },
                "copilot": { "Provider": "copilot", "Endpoints": "any", "Byok": "allow" }, "required": { "Provider": "openai", "Endpoints": "any", "Byok": "require", "Errors": "aibridge" },
                "delegated": { "Provider": "openai", "Endpoints": "any", "Byok": "allow", "Delegation": "gateway_key" }, "mtls": { "Delegation": "mtls" }
              },
              "Rules": [{ "Path": "/anywhere", "Policy": "plain" }]
            }
            """;
}
