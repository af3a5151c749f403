using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Envoy.ExtProc;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Envoy.Config.Core.V3;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>The observer on a real connection, and its reports.</summary>
internal sealed class Observer : IAsyncDisposable
{
    public const string DecisionId = "0198c7a1f2b37c4d8e5f60718293a4b5";

    private readonly UsageQueue _queue = new(1024);
    private readonly string _directory = Directory.CreateTempSubdirectory("observer-").FullName;
    private readonly TestMeters _meters = new();
    private SettingsMonitor _settings = null!;
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    private Observer() { }

    public ExternalProcessor.ExternalProcessorClient Client { get; private set; } = null!;

    public static async Task<Observer> StartAsync()
    {
        var observer = new Observer();
        var file = Path.Combine(observer._directory, "authsidecar.json");
        await File.WriteAllTextAsync(
            file,
            """
            {
              "Providers": { "acme": { "Dialect": "openai", "Credential": "sk-unused" }, "gem": { "Dialect": "gemini", "Credential": "sk-unused" } },
              "Policies": { "llm": { "Provider": "acme" }, "path": { "Provider": "gem" }, "app": {} }
            }
            """
        );
        var source = new SettingsSource(file, new Dictionary<string, string>(), [], observer._directory);
        observer._settings = new(source, SettingsLoader.Load(source), TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)
        );
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddObservation();
        var metrics = new ObserverMetrics(observer._meters);
        builder.Services.AddSingleton(
            new ObserverService(
                observer._settings.Compiled(snapshot => snapshot.Policies),
                new(observer._queue, metrics),
                metrics,
                new(Steps.Macs, observer._meters, TimeProvider.System, NullLogger<DecisionGuard>.Instance),
                TimeProvider.System,
                NullLogger<ObserverService>.Instance
            )
        );
        observer._app = builder.Build();
        observer._app.MapObservation();
        await observer._app.StartAsync();
        observer._channel = GrpcChannel.ForAddress(observer._app.Urls.First());
        observer.Client = new(observer._channel);
        return observer;
    }

    /// <summary>The next report.</summary>
    public async Task<UsageReport> PartAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _queue.WaitAsync(limit.Token);
        List<UsageReport> reports = [];
        _queue.TakeInto(reports, 1);
        return Assert.Single(reports);
    }

    public bool HasPart => _queue.Depth > 0;

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
        _settings.Dispose();
        _meters.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    public static ProcessingRequest Head(
        int status = 200,
        string type = "application/json",
        string decision = "allow",
        string policy = "llm",
        bool isEnd = false
    ) =>
        new()
        {
            ObservabilityMode = true,
            MetadataContext = Metadata(decision, policy),
            ResponseHeaders = new()
            {
                EndOfStream = isEnd,
                Headers = new() { Headers = { Header(":status", $"{status}"), Header("content-type", type) } },
            },
        };

    public static ProcessingRequest Body(string text, bool isEnd = false) => Body(ByteString.CopyFromUtf8(text), isEnd);

    public static ProcessingRequest Body(ByteString bytes, bool isEnd = false) =>
        new()
        {
            ObservabilityMode = true,
            MetadataContext = Metadata("allow", "llm"),
            ResponseBody = new() { Body = bytes, EndOfStream = isEnd },
        };

    public static ProcessingRequest RequestHead(string encoding = "", string decision = "allow", string policy = "llm") =>
        new()
        {
            ObservabilityMode = true,
            MetadataContext = Metadata(decision, policy),
            RequestHeaders = new()
            {
                Headers = new() { Headers = { Header("content-type", "application/json"), Header("content-encoding", encoding) } },
            },
        };

    public static ProcessingRequest RequestBody(string text, bool isEnd = false) => RequestBody(ByteString.CopyFromUtf8(text), isEnd);

    public static ProcessingRequest RequestBody(ByteString bytes, bool isEnd = false) =>
        new()
        {
            ObservabilityMode = true,
            MetadataContext = Metadata("allow", "llm"),
            RequestBody = new() { Body = bytes, EndOfStream = isEnd },
        };

    private static HeaderValue Header(string name, string value) => new() { Key = name, RawValue = ByteString.CopyFromUtf8(value) };

    private static Metadata Metadata(string decision, string policy) =>
        new()
        {
            FilterMetadata =
            {
                ["envoy.filters.http.other"] = new() { Fields = { ["decision_id"] = Value.ForString("not this") } },
                ["envoy.filters.http.ext_authz"] = Steps.Macs.Sign(
                    new()
                    {
                        Fields =
                        {
                            ["decision_id"] = Value.ForString(DecisionId),
                            ["decision"] = Value.ForString(decision),
                            ["reason"] = Value.ForString(""),
                            ["key_id"] = Value.ForString("abcdefghijkl"),
                            ["auth_mode"] = Value.ForString("centralized"),
                            ["policy"] = Value.ForString(policy),
                            ["ext_authz_duration"] = Value.ForNumber(3),
                        },
                    }
                ),
            },
        };
}
