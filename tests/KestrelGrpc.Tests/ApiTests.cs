using Grpc.Net.Client;

namespace KestrelGrpc.Tests;

/// <summary>The library's public surface is a part of gRPC for .NET's, so that the one can be exchanged for the other.</summary>
public class ApiTests
{
    private static readonly Dictionary<string, HashSet<string>> Official = ReadOfficial();

    [Fact]
    public void EveryPublicType_IsOneOfTheOfficialOnes()
    {
        var extra = Exported().Where(type => !IsGenerated(type)).Select(PublicSurface.Heading).Where(heading => !Official.ContainsKey(heading));

        Assert.Equal("", string.Join('\n', extra));
    }

    [Fact]
    public void EveryPublicMember_IsOneOfTheOfficialOnes()
    {
        var extra =
            from type in Exported().Where(type => !IsGenerated(type))
            from member in PublicSurface.Members(type)
            where !Official.GetValueOrDefault(PublicSurface.Heading(type), []).Contains(member)
            select $"{type}: {member}";

        Assert.Equal("", string.Join('\n', extra));
    }

    [Theory]
    [InlineData(typeof(Grpc.Core.ServerCallContext))]
    [InlineData(typeof(Grpc.Core.Metadata))]
    [InlineData(typeof(Grpc.Core.Interceptors.Interceptor))]
    [InlineData(typeof(Grpc.Core.Interceptors.CallInvokerExtensions))]
    [InlineData(typeof(Grpc.Core.CallInvoker))]
    [InlineData(typeof(Grpc.Core.ServerServiceDefinition.Builder))]
    [InlineData(typeof(Grpc.HealthCheck.HealthServiceImpl))]
    [InlineData(typeof(Grpc.Reflection.ReflectionV1ServiceImpl))]
    [InlineData(typeof(Microsoft.Extensions.DependencyInjection.GrpcServicesExtensions))]
    [InlineData(typeof(Microsoft.AspNetCore.Builder.GrpcEndpointRouteBuilderExtensions))]
    public void TypesThatServicesAreWrittenAgainst_AreWhole(Type type)
    {
        var missing = Official[PublicSurface.Heading(type)].Except(PublicSurface.Members(type));

        Assert.Equal("", string.Join('\n', missing));
    }

    private static Type[] Exported() => typeof(GrpcChannel).Assembly.GetExportedTypes();

    /// <summary>Made by the protobuf compiler from the protos of health and reflection; the list names them without their members.</summary>
    private static bool IsGenerated(Type type)
    {
        var outermost = type;
        while (outermost.DeclaringType is { } declaring)
        {
            outermost = declaring;
        }

        return Official.ContainsKey($"(generated) {outermost.FullName}");
    }

    private static Dictionary<string, HashSet<string>> ReadOfficial()
    {
        var types = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        HashSet<string>? members = null;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "grpc-api.txt")))
        {
            if (line.StartsWith("    ", StringComparison.Ordinal))
            {
                members!.Add(line.Trim());
            }
            else if (!line.StartsWith('#'))
            {
                // One type is listed by two packages.
                members = types.TryGetValue(line.Trim(), out var known) ? known : types[line.Trim()] = new HashSet<string>(StringComparer.Ordinal);
            }
        }

        return types;
    }
}
