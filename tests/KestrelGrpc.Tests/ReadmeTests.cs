using System.Net;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.HealthCheck;
using Grpc.Net.Client;
using Grpc.Testing;
using KestrelGrpc.Tests.Interop;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace KestrelGrpc.Tests;

/// <summary>What the library's README shows is run, and is what it shows.</summary>
public class ReadmeTests
{
    [Fact]
    public async Task Example_Runs()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.Interceptors.Add<Counting>());
        builder.Services.AddGrpcReflection();
        builder.Services.AddSingleton<HealthServiceImpl>();
        await using var app = builder.Build();
        app.MapGrpcService<Greeter>();
        app.MapGrpcService<HealthServiceImpl>();
        app.MapGrpcReflectionService();
        await app.StartAsync();

        using var channel = GrpcChannel.ForAddress(app.Urls.Single());
        var client = new TestService.TestServiceClient(channel);
        var reply = await client.UnaryCallAsync(new SimpleRequest { ResponseSize = 3 }, deadline: DateTime.UtcNow.AddSeconds(30));

        Assert.StartsWith("3 greetings to ipv4:127.0.0.1:", reply.Username, StringComparison.Ordinal);
    }

    [Fact]
    public void Example_IsWhatIsRunHere()
    {
        var here = Unindented(File.ReadAllText(Path.Combine(InteropFiles.Directory, "..", "ReadmeTests.cs")));
        var examples = Readme().Split("```csharp\n").Skip(1).Select(rest => Unindented(rest[..rest.IndexOf("```", StringComparison.Ordinal)])).ToList();

        Assert.Equal(2, examples.Count);
        Assert.All(examples, example => Assert.Contains(example, here, StringComparison.Ordinal));
    }

    [Fact]
    public void TableOfCases_IsWhole()
    {
        var rows = Readme().Split('\n').Where(line => line.Count(character => character == '|') == 7).Select(line => line.Split('|')[1].Trim().Split(' ')[0]);

        Assert.Equal(InteropCases.Names.Cast<object[]>().Select(row => (string)row[0]), rows.Where(name => name.Contains('_', StringComparison.Ordinal)));
    }

    private static string Readme() => File.ReadAllText(Path.Combine(InteropFiles.Directory, "..", "..", "..", "src", "KestrelGrpc", "README.md"));

    private static string Unindented(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()));

    private sealed class Greeter : TestService.TestServiceBase
    {
        public override Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context) =>
            Task.FromResult(new SimpleResponse { Username = $"{request.ResponseSize} greetings to {context.Peer}" });
    }

    private sealed class Counting : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) => continuation(request, context);
    }
}
