namespace Grpc.Core;

/// <summary>On a generated service base: the static method that tells a <see cref="ServiceBinderBase"/> what the service offers.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = true)]
public class BindServiceMethodAttribute : Attribute
{
    public BindServiceMethodAttribute(Type bindType, string bindMethodName)
    {
        BindType = bindType;
        BindMethodName = bindMethodName;
    }

    public Type BindType { get; }

    /// <summary>Takes a <see cref="ServiceBinderBase"/> and a service, which may be null when only the methods are asked for.</summary>
    public string BindMethodName { get; }
}
