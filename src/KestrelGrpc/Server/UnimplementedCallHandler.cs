
namespace KestrelGrpc.Server;

/// <summary>Answers calls to methods that nobody mapped.</summary>
internal sealed class UnimplementedCallHandler(MethodSettings settings) : CallHandler(NoPath, settings)
{
    // No request target is empty, so every call is refused before it is invoked.
    private const string NoPath = "";

    protected override Task InvokeAsync(ServerCall call) => throw new InvalidOperationException("A call without a path was invoked.");
}
