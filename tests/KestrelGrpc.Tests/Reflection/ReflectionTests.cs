using Google.Protobuf.Reflection;
using Grpc.HealthCheck;
using Grpc.Reflection.V1;
using KestrelGrpc.Tests.Hosting;
using KestrelGrpc.Tests.Interop;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Alpha = Grpc.Reflection.V1Alpha;

namespace KestrelGrpc.Tests.Reflection;

public class ReflectionTests
{
    private static readonly string[] Mapped =
        ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection", "grpc.testing.TestService"];

    [Fact]
    public async Task Services_AreThoseThatAreMapped()
    {
        await using var server = await StartAsync();

        var response = await AskAsync(server, new ServerReflectionRequest { ListServices = "" });

        Assert.Equal(Mapped, response.ListServicesResponse.Service.Select(service => service.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("grpc.testing.TestService")]
    [InlineData("grpc.testing.TestService.UnaryCall")]
    public async Task FileOfASymbol_ComesWithWhatItImports(string symbol)
    {
        await using var server = await StartAsync();

        var response = await AskAsync(server, new ServerReflectionRequest { FileContainingSymbol = symbol });

        var files = response.FileDescriptorResponse.FileDescriptorProto.Select(bytes => FileDescriptorProto.Parser.ParseFrom(bytes).Name);
        Assert.Equal(["grpc/testing/empty.proto", "grpc/testing/messages.proto", "grpc/testing/test.proto"], files.Order(StringComparer.Ordinal));
        Assert.Equal(symbol, response.OriginalRequest.FileContainingSymbol);
    }

    [Theory]
    [InlineData("grpc.testing.SimpleRequest")]
    [InlineData("grpc.testing.SimpleRequest.response_size")]
    [InlineData("grpc.testing.PayloadType")]
    [InlineData("grpc.health.v1.HealthCheckResponse.ServingStatus")]
    public async Task AnyKindOfSymbol_IsFound(string symbol)
    {
        await using var server = await StartAsync();

        var response = await AskAsync(server, new ServerReflectionRequest { FileContainingSymbol = symbol });

        Assert.Single(response.FileDescriptorResponse.FileDescriptorProto);
    }

    [Fact]
    public async Task FileByName_IsFoundOrNot()
    {
        await using var server = await StartAsync();

        var found = await AskAsync(server, new ServerReflectionRequest { FileByFilename = "grpc/testing/empty.proto" });
        var missing = await AskAsync(server, new ServerReflectionRequest { FileByFilename = "no.proto" });
        var extensions = await AskAsync(server, new ServerReflectionRequest { AllExtensionNumbersOfType = "grpc.testing.Empty" });

        Assert.Single(found.FileDescriptorResponse.FileDescriptorProto);
        Assert.Equal(5, missing.ErrorResponse.ErrorCode);
        Assert.Equal(12, extensions.ErrorResponse.ErrorCode);
    }

    [Fact]
    public async Task V1Alpha_AnswersLikeV1()
    {
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var call = new Alpha.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new Alpha.ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(Mapped, call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).Order(StringComparer.Ordinal));
    }

    private static Task<GrpcServer> StartAsync() => GrpcServer.StartAsync(
        app =>
        {
            app.MapGrpcService<TestServiceImpl>();
            app.MapGrpcService<HealthServiceImpl>();
            app.MapGrpcReflectionService();
        },
        services: services => services.AddGrpcReflection().AddSingleton<HealthServiceImpl>());

    private static async Task<ServerReflectionResponse> AskAsync(GrpcServer server, ServerReflectionRequest request)
    {
        using var channel = server.Connect();
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(request);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var response = call.ResponseStream.Current;
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        return response;
    }
}
