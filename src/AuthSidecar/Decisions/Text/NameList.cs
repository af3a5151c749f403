using System.Collections;

namespace AuthSidecar.Decisions.Text;

/// <summary>Names in order, written as a list, or as an object whose members may have values.</summary>
internal abstract class NameList : List<string>
{
    /// <summary>The values by name, of which each may be null; null: written as a list.</summary>
    public abstract IDictionary? Values { get; }

    /// <summary>Becomes an object without members.</summary>
    public abstract IDictionary BecomeObject();
}

/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class NameList<T> : NameList
    where T : class
{
    private OrderedDictionary<string, T?>? _values;

    public override IDictionary? Values => _values;

    public override IDictionary BecomeObject() => _values = [];

    /// <summary>The value of a name, or null.</summary>
    public T? ValueOf(string name) => _values?.GetValueOrDefault(name);
}
